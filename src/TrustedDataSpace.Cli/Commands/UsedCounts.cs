using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Cli.Commands;

/// <summary>The counts of a record of use, for people: purpose, outcome, requests.</summary>
internal static class UsedCounts
{
    /// <summary>Empty where the entry holds no record: one that was too large for the log stands there by its hash.</summary>
    public static string Of(JsonElement data)
    {
        if (data.ValueKind != JsonValueKind.Object || !data.TryGetProperty("counts", out var counts) || counts.ValueKind != JsonValueKind.Array)
        {
            return "";
        }

        try
        {
            return string.Concat(ProtocolJson.Read<IReadOnlyList<UsageCounts>>(counts).Select(count => $"  {count.Purpose} {count.Outcome} {count.Requests}"));
        }
        catch (RefusalException)
        {
            // Another version's counts: --json shows them as they are.
            return "  counts of another form";
        }
    }
}
