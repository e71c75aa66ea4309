using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace TrustedDataSpace.Protocol.Signatures;

/// <summary>
/// HTTP message signatures (RFC 9421) of data requests, in one strict form: one signature with the label <c>tds</c>, the components in
/// fixed order, the parameters <c>created</c>, <c>nonce</c>, <c>keyid</c>, <c>alg="hmac-sha256"</c>. Whatever is written otherwise is refused, so
/// both sides build the same base without a parser for structured fields.
/// </summary>
public static class RequestSignature
{
    /// <summary>The header with components and parameters.</summary>
    public const string InputHeader = "Signature-Input";

    /// <summary>The header with the signature.</summary>
    public const string Header = "Signature";

    private const string Prefix = "tds=";
    private const string Start = "(\"@method\" \"@authority\" \"@path\" \"@query\"";
    private const string End = "\";alg=\"hmac-sha256\"";
    private const int MostKeyId = 128;
    private const int OnStack = 1024;

    // "tds=:" and ":" around 44 characters of base64.
    private const int SignatureLength = 5 + 44 + 1;

    private static readonly SearchValues<char> KeyIdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/");

    /// <summary>Signs.</summary>
    /// <param name="request">The request as it will be sent.</param>
    /// <param name="parameters">Of the signature.</param>
    /// <param name="key">Of the flow, for the process that is called.</param>
    /// <returns>The values of the two headers.</returns>
    /// <exception cref="ArgumentException">A part of the request cannot be signed: it is not visible ASCII.</exception>
    public static (string Input, string Signature) Sign(in SignedRequest request, in SignatureParameters parameters, SignatureKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var input = WriteInput(request, parameters);
        Span<byte> code = stackalloc byte[HMACSHA256.HashSizeInBytes];
        return TryCompute(request, input.AsSpan(Prefix.Length), key, code)
            ? (input, $"{Prefix}:{Convert.ToBase64String(code)}:")
            : throw new ArgumentException("The request holds something else than visible ASCII where it is signed.", nameof(request));
    }

    /// <summary>Reads the parameters, when the input covers exactly what the request has.</summary>
    /// <param name="input">Value of <see cref="InputHeader"/>.</param>
    /// <param name="fields">What the request has.</param>
    /// <param name="parameters">The parameters; nothing in them is proven yet.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    public static string? Read(ReadOnlySpan<char> input, in SignedFields fields, out SignatureParameters parameters)
    {
        parameters = default;
        if (!Take(ref input, Prefix))
        {
            return "it is not the one signature with the label tds";
        }

        if (!Take(ref input, Start))
        {
            return "it does not cover @method, @authority, @path and @query, in this order and first";
        }

        for (var i = 0; i < SignedFields.Count; i++)
        {
            if (fields[i] is not null && !(Take(ref input, " \"") && Take(ref input, SignedFields.Names[i]) && Take(ref input, "\"")))
            {
                return $"the request has the header {SignedFields.Names[i]}, and it is not covered in its place";
            }
        }

        if (!Take(ref input, ")"))
        {
            return "it covers something that the request does not have once, or that is not covered here";
        }

        if (!Take(ref input, ";created=") || !TakeNumber(ref input, out var created))
        {
            return "created must follow, in whole seconds";
        }

        if (!Take(ref input, ";nonce=\"") || !TakeHex(ref input, out var session) || !TakeHex(ref input, out var sequence))
        {
            return "nonce must follow: 32 lower-case hexadecimal digits";
        }

        if (!Take(ref input, "\";keyid=\"") || input.IndexOf('"') is not (> 0 and <= MostKeyId and var length) || input[..length].ContainsAnyExcept(KeyIdCharacters))
        {
            return "keyid must follow";
        }

        parameters = new SignatureParameters { Created = created, Session = session, Sequence = sequence, KeyId = input[..length] };
        return input[length..].SequenceEqual(End) ? null : "alg must follow and be hmac-sha256, and nothing may stand behind it";
    }

    /// <summary>Whether the signature is that of the key over the request and the input. In constant time.</summary>
    /// <param name="request">The request as it came.</param>
    /// <param name="input">Value of <see cref="InputHeader"/>, for which <see cref="Read"/> found nothing wrong.</param>
    /// <param name="signature">Value of <see cref="Header"/>.</param>
    /// <param name="key">Of the flow, for this process.</param>
    public static bool Verify(in SignedRequest request, ReadOnlySpan<char> input, ReadOnlySpan<char> signature, SignatureKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        Span<byte> shown = stackalloc byte[HMACSHA256.HashSizeInBytes + 1];
        Span<byte> computed = stackalloc byte[HMACSHA256.HashSizeInBytes];
        return signature.Length == SignatureLength
            && Take(ref signature, Prefix)
            && signature[0] == ':'
            && signature[^1] == ':'
            && Convert.TryFromBase64Chars(signature[1..^1], shown, out var length)
            && length == HMACSHA256.HashSizeInBytes
            && TryCompute(request, input[Prefix.Length..], key, computed)
            && CryptographicOperations.FixedTimeEquals(shown[..length], computed);
    }

    private static string WriteInput(in SignedRequest request, in SignatureParameters parameters)
    {
        var text = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[512]);
        text.AppendLiteral(Prefix);
        text.AppendLiteral(Start);
        for (var i = 0; i < SignedFields.Count; i++)
        {
            if (request.Fields[i] is not null)
            {
                text.AppendLiteral(" \"");
                text.AppendLiteral(SignedFields.Names[i]);
                text.AppendLiteral("\"");
            }
        }

        text.AppendLiteral(");created=");
        text.AppendFormatted(parameters.Created);
        text.AppendLiteral(";nonce=\"");
        text.AppendFormatted(parameters.Session, "x16");
        text.AppendFormatted(parameters.Sequence, "x16");
        text.AppendLiteral("\";keyid=\"");
        text.AppendFormatted(parameters.KeyId);
        text.AppendLiteral(End);
        return text.ToStringAndClear();
    }

    // RFC 9421 §2.5. False: something in it is not visible ASCII.
    private static bool TryCompute(in SignedRequest request, ReadOnlySpan<char> parameters, SignatureKey key, Span<byte> code)
    {
        var length = 100 + request.Method.Length + request.Authority.Length + request.PathBase.Length + request.Path.Length + request.Query.Length + parameters.Length;
        for (var i = 0; i < SignedFields.Count; i++)
        {
            length += request.Fields[i] is { } value ? SignedFields.Names[i].Length + value.Length + 5 : 0;
        }

        var rented = length > OnStack ? ArrayPool<byte>.Shared.Rent(length) : null;
        try
        {
            var text = new BaseWriter(rented ?? stackalloc byte[OnStack]);
            text.Add("\"@method\": ", request.Method);
            text.Add("\n\"@authority\": ", request.Authority);
            text.Add("\n\"@path\": ", request.PathBase);
            text.Add(request.Path);
            text.Add("\n\"@query\": ", request.Query.IsEmpty ? "?" : request.Query);
            for (var i = 0; i < SignedFields.Count; i++)
            {
                if (request.Fields[i] is { } value)
                {
                    text.Add("\n\"", SignedFields.Names[i]);
                    text.Add("\": ", value.AsSpan().Trim(" \t"));
                }
            }

            text.Add("\n\"@signature-params\": ", parameters);
            if (text.IsBroken)
            {
                return false;
            }

            key.Compute(text.Written, code);
            return true;
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private static bool Take(ref ReadOnlySpan<char> text, ReadOnlySpan<char> expected)
    {
        if (!text.StartsWith(expected, StringComparison.Ordinal))
        {
            return false;
        }

        text = text[expected.Length..];
        return true;
    }

    // As RFC 8941 writes an integer, without a sign and without leading zeros.
    private static bool TakeNumber(ref ReadOnlySpan<char> text, out long number)
    {
        var length = text.IndexOfAnyExceptInRange('0', '9');
        number = 0;
        if (length is < 1 or > 12 || text[0] == '0' || !long.TryParse(text[..length], NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            return false;
        }

        text = text[length..];
        return true;
    }

    private static bool TakeHex(ref ReadOnlySpan<char> text, out ulong number)
    {
        number = 0;
        if (text.Length < 16 || text[..16].ContainsAnyInRange('A', 'F') || !ulong.TryParse(text[..16], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number))
        {
            return false;
        }

        text = text[16..];
        return true;
    }

    private ref struct BaseWriter(Span<byte> buffer)
    {
        private readonly Span<byte> buffer = buffer;
        private int length;

        public bool IsBroken { get; private set; }

        public readonly ReadOnlySpan<byte> Written => buffer[..length];

        public void Add(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
        {
            System.Text.Ascii.FromUtf16(name, buffer[length..], out var written);
            length += written;
            Add(value);
        }

        public void Add(ReadOnlySpan<char> value)
        {
            // A line break or a character beyond ASCII would let two requests have one base.
            IsBroken |= value.ContainsAnyExceptInRange(' ', '~');
            System.Text.Ascii.FromUtf16(value, buffer[length..], out var written);
            length += written;
        }
    }
}
