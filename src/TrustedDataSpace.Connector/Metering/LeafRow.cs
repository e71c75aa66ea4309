using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>A row of <c>usage_leaves</c>.</summary>
internal sealed class LeafRow
{
    public const string Open = "open";
    public const string Interrupted = "interrupted";
    public const string Settled = "settled";

    /// <summary>Of an interrupted use: what was delivered is not known.</summary>
    public const int Unknown = 0;

    /// <summary>Of an interrupted use: it was cut, not by this side, and what was delivered until then is known.</summary>
    public const int Partly = 1;

    /// <summary>Of an interrupted use: all of it was counted, but its last bytes may have ended with the process that counted them.</summary>
    public const int Whole = 2;

    /// <summary>Of an interrupted use: this side broke it off, and what was delivered until then is known, but not what was on its way.</summary>
    public const int BrokenOff = 3;

    /// <summary>Of a consumer's interrupted use: its side broke it off before it took anything of an answer. Some may have left the provider.</summary>
    public const int Untaken = 4;

    /// <summary>Of a provider's interrupted use: it was cut because the consumer had used up what the contract lets flow, and what was delivered until then is known.</summary>
    public const int UsedUp = 5;

    public const string Select =
        """
        SELECT role AS Role, flow AS Flow, interval_no AS Interval, sequence_no AS Sequence, agreement_id AS AgreementId, purpose AS Purpose,
               state AS State, outcome AS Outcome, row_count AS Rows, byte_count AS Bytes, observed AS Observed, answer_digest AS Digest, request_id AS Request,
               idempotency_key AS IdempotencyKey, request_digest AS RequestDigest, tokens AS TokensText
        FROM usage_leaves
        """;

    public const string IsIt = " WHERE space_id = @Space AND role = @Role AND flow = @Flow AND interval_no = @Interval AND sequence_no = @Sequence";

    public const string IsRequest = " WHERE space_id = @Space AND role = @Role AND flow = @Flow AND request_id = @Request ORDER BY interval_no DESC, sequence_no DESC";

    public string Role { get; init; } = "";

    public string Flow { get; init; } = "";

    public long Interval { get; init; }

    public long Sequence { get; init; }

    public string AgreementId { get; init; } = "";

    public string Purpose { get; init; } = "";

    public string State { get; init; } = "";

    public string Outcome { get; init; } = "";

    public long Rows { get; init; }

    public long Bytes { get; init; }

    /// <summary>Of an interrupted use: <see cref="Unknown"/>, <see cref="Partly"/>, <see cref="Whole"/>, <see cref="BrokenOff"/>, <see cref="Untaken"/> or <see cref="UsedUp"/>.</summary>
    public long Observed { get; init; }

    public string? Digest { get; init; }

    public string? Request { get; init; }

    public string? IdempotencyKey { get; init; }

    public string? RequestDigest { get; init; }

    public string? TokensText { get; init; }

    public TokenCounts? Tokens => TokensOf(TokensText);

    /// <summary>What <see cref="TokenCounts.Canonical"/> wrote; null where there is nothing.</summary>
    public static TokenCounts? TokensOf(string? text) => text is null ? null : ProtocolJson.Read<TokenCounts>(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>What the other side is told of it.</summary>
    public UsageAnswer Answer() => new()
    {
        State = State,
        Interval = Interval,
        Sequence = Sequence,
        Outcome = Outcome,
        Observed = State == Settled || Observed != Unknown,
        BrokenOff = Observed == BrokenOff,
        UsedUp = Observed == UsedUp,
        Rows = Rows,
        Bytes = Bytes,
        Digest = Digest,
        Tokens = Tokens,
    };

    public UsageInquiry Inquiry() => new() { Role = Role, Flow = Flow, Interval = Interval, Sequence = Sequence, Request = Request };
}
