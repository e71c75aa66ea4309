using System.Text.Json;
using TrustedDataSpace.Authority.Filing;
using TrustedDataSpace.Policy.Agreements;

namespace TrustedDataSpace.Authority.Audit;

/// <summary>What an auditor must know of the terms of a filed agreement. The document is believed only under the hash that the log has.</summary>
/// <param name="Terms">How far they are known.</param>
/// <param name="Ends">When nothing passes under it any more by its own times, milliseconds since 1970; null: never, or not known.</param>
/// <param name="MustDestroy">Whether the consumer has the duty to delete what it got.</param>
internal sealed record FiledTerms(string Terms, long? Ends, bool MustDestroy)
{
    public const string Read = "read";
    public const string NotUnderstood = "not_understood";
    public const string Missing = "missing";
    public const string Altered = "altered";
    public const string NotFiled = "not_filed";

    public static FiledTerms Of(FilingRow? row, string? hash)
    {
        if (row is null)
        {
            return new FiledTerms(Missing, null, false);
        }

        var filing = row.ToFiling();
        if (filing.Agreement.Hash != hash)
        {
            return new FiledTerms(Altered, null, false);
        }

        var mustDestroy = HasDelete(filing.Agreement.Element);
        try
        {
            return new FiledTerms(Read, EndOf(AgreementCompiler.Compile(filing.Agreement.Element).Document, filing.SignedAt.ToUnixTimeMilliseconds()), mustDestroy);
        }
        catch (PolicyRefusedException)
        {
            // Of another make than ours; its connectors know what it means.
            return new FiledTerms(NotUnderstood, null, mustDestroy);
        }
    }

    /// <summary>The latest end of all permissions; null when one has none.</summary>
    public static long? EndOf(JsonElement compiled, long agreed)
    {
        long? last = null;
        foreach (var permission in compiled.GetProperty("permissions").EnumerateArray())
        {
            var ends = permission.GetProperty("constraints").EnumerateArray().Select(constraint => TermEnd(constraint, agreed)).OfType<long>().ToList();
            if (ends.Count == 0)
            {
                return null;
            }

            last = Math.Max(last ?? 0, ends.Min());
        }

        return last;
    }

    // The first millisecond at which it is no longer met, for good.
    private static long? TermEnd(JsonElement constraint, long agreed)
    {
        var start = constraint.GetProperty("left").GetString() switch { "dateTime" => 0, "elapsedTime" => agreed, _ => (long?)null };
        return (start, constraint.GetProperty("op").GetString()) switch
        {
            ({ } from, "lt") => from + constraint.GetProperty("right").GetInt64(),
            ({ } from, "lteq") => from + constraint.GetProperty("right").GetInt64() + 1,
            _ => null,
        };
    }

    // In a duty of a rule, or as an obligation of its own; a prohibition to delete is none.
    private static bool HasDelete(JsonElement policy, bool isDuty = false) => policy.ValueKind switch
    {
        JsonValueKind.Object => policy.EnumerateObject().Any(member =>
            (isDuty && Last(member.Name) == "action" && IsDelete(member.Value)) || HasDelete(member.Value, isDuty || Last(member.Name) is "duty" or "obligation" or "consequence")),
        JsonValueKind.Array => policy.EnumerateArray().Any(item => HasDelete(item, isDuty)),
        _ => false,
    };

    private static string Last(string name) => name[(name.LastIndexOfAny([':', '/']) + 1)..];

    private static bool IsDelete(JsonElement action) => action.ValueKind switch
    {
        JsonValueKind.String => Last(action.GetString()!) == "delete",
        JsonValueKind.Array => action.EnumerateArray().Any(IsDelete),
        JsonValueKind.Object => action.TryGetProperty("@id", out var id) && IsDelete(id),
        _ => false,
    };
}
