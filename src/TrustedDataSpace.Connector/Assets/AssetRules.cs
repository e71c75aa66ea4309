using System.Buffers;
using System.Text.RegularExpressions;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Assets;

/// <summary>What an asset may be. All problems are told at once.</summary>
internal static partial class AssetRules
{
    public const int MostHeaders = 16;
    public const int LongestHeader = 8 * 1024;

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    // The proxy sets these from the connection it makes; a fixed value would break or split the request.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "TE", "Trailer", "Keep-Alive", "Proxy-Connection", "Expect",
    };

    /// <exception cref="RefusalException">Malformed, with every problem.</exception>
    public static void Check(AssetDefinition asset) => Refusals.ThrowIfAny("asset", Problems(asset));

    /// <summary>Whether the text can be the id of an asset or a product.</summary>
    public static bool IsId(string text) => IdPattern().IsMatch(text);

    private static IEnumerable<RefusalReason> Problems(AssetDefinition asset)
    {
        if (!IsId(asset.Id))
        {
            yield return new("invalid_id", "id", $"'{asset.Id}' is no id", "use 1 to 64 of a-z, A-Z, 0-9, '-', '_', '.', beginning with a letter or digit");
        }

        if (!SourceProblems.IsBase(asset.SourceUrl))
        {
            yield return new("invalid_url", "sourceUrl", "the source is no plain http(s) address", "leave out credentials, query and fragment; credentials go into sourceHeaders");
        }

        var further = (asset.Source is null ? [] : SourceProblems.Of(asset.Source, asset.SourceUrl)).Concat(asset.Rules is null ? [] : SourceProblems.Of(asset.Rules));
        foreach (var problem in HeaderProblems("sourceHeaders", asset.SourceHeaders).Concat(further))
        {
            yield return problem;
        }
    }

    /// <summary>What is wrong with headers that this connector is to send to a server of the participant's own.</summary>
    /// <param name="where">Name of the property.</param>
    /// <param name="headers">Names and values; the values are secrets.</param>
    public static IEnumerable<RefusalReason> HeaderProblems(string where, IReadOnlyDictionary<string, string> headers)
    {
        if (headers.Count > MostHeaders)
        {
            yield return new("too_many", where, $"more than {MostHeaders} headers", null);
        }

        foreach (var (name, value) in headers)
        {
            // The value is a secret: it is never part of the message.
            if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(TokenCharacters) || Reserved.Contains(name))
            {
                yield return new("invalid_header", $"{where}['{name}']", "this header cannot be set", "use headers that the server reads, such as Authorization or X-Api-Key");
            }
            else if (value.Length > LongestHeader || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                yield return new("invalid_header", $"{where}['{name}']", $"its value is longer than {LongestHeader} characters or has others than printable ASCII", null);
            }
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex IdPattern();
}
