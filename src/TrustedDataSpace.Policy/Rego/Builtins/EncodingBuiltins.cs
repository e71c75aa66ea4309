using System.Text;
using System.Text.Json;

namespace TrustedDataSpace.Policy.Rego.Builtins;

/// <summary>JSON, base64 and hexadecimal text.</summary>
internal static class EncodingBuiltins
{
    public static IEnumerable<Builtin> All =>
    [
        new("json.unmarshal", 1, call => ReadJson(call.Text(0)) ?? throw BuiltinException.Failed("the text is not JSON")),
        new("json.is_valid", 1, call => RegoBoolean.Of(call[0] is RegoString text && ReadJson(text.Value) is not null)),
        new("base64.encode", 1, call => new RegoString(Convert.ToBase64String(Bytes(call)))),
        new("base64.decode", 1, call => FromBase64(call.Text(0))),
        new("base64.is_valid", 1, call => RegoBoolean.Of(IsBase64(call.Text(0)))),
        new("base64url.encode", 1, call => new RegoString(ToUrl(Convert.ToBase64String(Bytes(call))))),
        new("base64url.encode_no_pad", 1, call => new RegoString(ToUrl(Convert.ToBase64String(Bytes(call))).TrimEnd('='))),
        new("base64url.decode", 1, call => FromBase64(FromUrl(call.Text(0)))),
        new("hex.encode", 1, call => new RegoString(Convert.ToHexStringLower(Bytes(call)))),
        new("hex.decode", 1, FromHex),
    ];

    private static byte[] Bytes(BuiltinCall call) => Encoding.UTF8.GetBytes(call.Text(0));

    private static string ToUrl(string base64) => base64.Replace('+', '-').Replace('/', '_');

    private static string FromUrl(string text)
    {
        if (text.AsSpan().IndexOfAny('+', '/') >= 0)
        {
            throw BuiltinException.Failed("illegal base64url data");
        }

        var base64 = text.Replace('-', '+').Replace('_', '/');
        return base64.Contains('=', StringComparison.Ordinal) ? base64 : base64.PadRight((base64.Length + 3) / 4 * 4, '=');
    }

    private static bool IsBase64(string text) => System.Buffers.Text.Base64.IsValid(text) && !text.Contains(' ', StringComparison.Ordinal);

    private static RegoString FromBase64(string text) => IsBase64(text)
        ? new RegoString(Encoding.UTF8.GetString(Convert.FromBase64String(text)))
        : throw BuiltinException.Failed("illegal base64 data");

    private static RegoString FromHex(BuiltinCall call)
    {
        var text = call.Text(0);
        foreach (var unit in text.Where(unit => !char.IsAsciiHexDigit(unit)).Take(1))
        {
            throw BuiltinException.Failed($"invalid byte: U+{(int)unit:X4} '{unit}'");
        }

        return text.Length % 2 == 0
            ? new RegoString(Encoding.UTF8.GetString(Convert.FromHexString(text)))
            : throw BuiltinException.Failed("odd length hex string");
    }

    public static RegoValue? ReadJson(string text)
    {
        try
        {
            return RegoValue.ParseJson(text);
        }
        catch (Exception invalid) when (invalid is JsonException or FormatException or OverflowException)
        {
            return null;
        }
    }
}
