using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Pricing;

namespace TrustedDataSpace.Protocol.Clearing;

/// <summary>
/// Who owes whom how much for the use of one agreement in one period, as the authority clears it. Nothing in it depends on when or by whom it
/// was made: the same receipts and the same plan give the same bytes. A settlement is never changed; another revision corrects it.
/// </summary>
public sealed record Settlement
{
    /// <summary>Its id: follows from agreement, period and revision.</summary>
    public required string Id { get; init; }

    /// <summary>1, or one more than that of the settlement it corrects.</summary>
    public required long Revision { get; init; }

    /// <summary>The hash of the settlement it corrects; null for the first.</summary>
    public string? Corrects { get; init; }

    /// <summary>What the settled use of the period costs in all.</summary>
    public required Statement Statement { get; init; }

    /// <summary>Intervals that have settled.</summary>
    public required long Intervals { get; init; }

    /// <summary>Intervals that are in dispute, and not in the statement.</summary>
    public required long Disputed { get; init; }

    /// <summary>What changes against the settlement that it corrects; null for the first.</summary>
    public IReadOnlyList<StatementLine>? Corrections { get; init; }

    /// <summary>Of a prepaid plan: what the balance pays of the statement's total. Null where the plan is not prepaid.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public decimal? Prepaid { get; init; }

    /// <summary>What the consumer owes by this settlement beside what the balance pays: the total, or what the corrections add up to, which may be negative.</summary>
    [JsonConverter(typeof(MoneyConverter))]
    public required decimal Due { get; init; }

    /// <summary>The canonical bytes (RFC 8785), which both parties sign.</summary>
    public byte[] Bytes() => CanonicalJson.Bytes(this);

    /// <summary>The hash of the canonical form, <c>sha-256:…</c>.</summary>
    public string Hash() => CanonicalJson.Hash(ProtocolJson.ToElement(this));

    /// <summary>The settlement of a statement.</summary>
    /// <param name="statement">Over all that has settled in the period.</param>
    /// <param name="intervals">Intervals behind it.</param>
    /// <param name="disputed">Intervals that are in dispute.</param>
    /// <param name="before">What it corrects; null: the first of the period.</param>
    /// <param name="prepaid">What a balance pays of it; null: the plan is not prepaid.</param>
    public static Settlement Of(Statement statement, long intervals, long disputed, Settlement? before, decimal? prepaid = null)
    {
        ArgumentNullException.ThrowIfNull(statement);
        var revision = (before?.Revision ?? 0) + 1;
        return new Settlement
        {
            Id = IdOf(statement.AgreementId, statement.From, statement.To, revision),
            Revision = revision,
            Corrects = before?.Hash(),
            Statement = statement,
            Intervals = intervals,
            Disputed = disputed,
            Corrections = before is null ? null : Changes(before.Statement.Lines, statement.Lines),
            Prepaid = prepaid,
            Due = statement.Total - (prepaid ?? 0) - (before is null ? 0 : before.Statement.Total - (before.Prepaid ?? 0)),
        };
    }

    /// <summary>The id of a settlement.</summary>
    public static string IdOf(string agreement, DateTimeOffset from, DateTimeOffset to, long revision)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{agreement}\n{from.ToUnixTimeSeconds()}\n{to.ToUnixTimeSeconds()}\n{revision}");
        return "st-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..32];
    }

    // A line for each line that has another quantity or amount, with the difference.
    private static List<StatementLine> Changes(IReadOnlyList<StatementLine> before, IReadOnlyList<StatementLine> now)
    {
        var old = before.ToLookup(KeyOf);
        var present = now.ToLookup(KeyOf);
        return
        [
            .. now.Concat(before).Select(KeyOf).Distinct().Select(key => key with
            {
                Quantity = present[key].Sum(line => line.Quantity) - old[key].Sum(line => line.Quantity),
                Amount = present[key].Sum(line => line.Amount) - old[key].Sum(line => line.Amount),
                Records = present[key].Sum(line => line.Records) - old[key].Sum(line => line.Records),
            }).Where(line => line.Quantity != 0 || line.Amount != 0),
        ];
    }

    private static StatementLine KeyOf(StatementLine line) => line with { Quantity = 0, Amount = 0, Records = 0 };
}
