using System.Security.Cryptography;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Tokens;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Counts what is written to the response, after it was handed to the connection. Never buffers.</summary>
/// <param name="inner">The connection.</param>
/// <param name="counter">Counts rows and bytes.</param>
/// <param name="digest">For a request that may be a retry: takes the digest of the answer; else null.</param>
/// <param name="most">Bytes that may pass.</param>
/// <param name="use">Takes what passes from the quotas of the contract; null at the consumer.</param>
internal sealed class MeteredBody(Stream inner, RowCounter counter, IncrementalHash? digest, long most = long.MaxValue, RunningUse? use = null) : ForwardOnlyBody(inner)
{
    private long length = long.MaxValue;
    private string lengthOutcome = "";

    /// <summary>Whether more came than may pass; the piece that was too much went no further.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The answer says its length: whoever gets the last piece of it has it whole, so its use is settled before that piece goes out.</summary>
    public void EndsAt(long bytes, string outcome) => (length, lengthOutcome) = (bytes, outcome);

    /// <summary>Counts AI tokens; null where the contract counts none.</summary>
    public TokenMeter? Tokens { get; init; }

    /// <summary>What was delivered.</summary>
    public Delivered Counted(string outcome) => new(
        outcome, outcome == UsageOutcomes.Ok ? counter.Delivered(outcome) : 0, counter.Bytes, digest is null ? null : Convert.ToHexStringLower(digest.GetCurrentHash()), Tokens: Tokens?.Counts(outcome));

    /// <summary>What was delivered before it broke off.</summary>
    public Delivered CountedUntilCut() => new(UsageOutcomes.Cut, counter.Delivered(UsageOutcomes.Cut), counter.Bytes, Tokens: Tokens?.Counts(UsageOutcomes.Cut));

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length > most - counter.Bytes)
        {
            IsOver = true;
            throw new IOException($"The answer is larger than {most} bytes.");
        }

        var isLast = counter.Bytes + buffer.Length == length;
        if (use is not null && !await use.PassAsync(buffer, isLast))
        {
            // The source's answer is at its end now, and what comes last says why.
            return;
        }

        if (use is not null && isLast)
        {
            Count(buffer.Span);
            await use.SettleAsync(Counted(lengthOutcome));
            await Inner.WriteAsync(buffer, cancellationToken);
            return;
        }

        await Inner.WriteAsync(buffer, cancellationToken);
        Count(buffer.Span);
    }

    private void Count(ReadOnlySpan<byte> piece)
    {
        counter.Add(piece);
        Tokens?.Add(piece);
        digest?.AppendData(piece);
    }
}
