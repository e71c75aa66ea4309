using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Tokens;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Counts what is written to the response, before it is handed to the connection: of a write that is cut, some may have left. Keeps back only what the quotas of the contract ask for (<see cref="RunningUse.HeldBack"/>).</summary>
/// <param name="inner">The connection.</param>
/// <param name="counter">Counts rows and bytes.</param>
/// <param name="digest">For a request that may be a retry: takes the digest of the answer; else null.</param>
/// <param name="most">Bytes that may pass.</param>
/// <param name="use">Takes what passes from the quotas of the contract; null at the consumer.</param>
internal sealed class MeteredBody(Stream inner, RowCounter counter, IncrementalHash? digest, long most = long.MaxValue, RunningUse? use = null) : ForwardOnlyBody(inner)
{
    private const int LargestPiece = 64 * 1024;

    private static readonly TimeSpan EarlyTimer = TimeSpan.FromMilliseconds(100);

    private long length = long.MaxValue;
    private string lengthOutcome = "";
    private ArrayBufferWriter<byte>? waiting;
    private long lastPiece = Stopwatch.GetTimestamp();

    /// <summary>Whether more came than may pass; the piece that was too much went no further.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether a piece of it waits for whoever takes it, or was doing so when it broke off.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>Whether nothing has come for as long as that, by a timer that may be a little early.</summary>
    public bool HasRestedFor(TimeSpan time) => Stopwatch.GetElapsedTime(lastPiece) >= time - EarlyTimer;

    /// <summary>The answer says its length: whoever gets the last piece of it has it whole, so its use is settled before that piece goes out.</summary>
    public void EndsAt(long bytes, string outcome) => (length, lengthOutcome) = (bytes, outcome);

    /// <summary>Counts AI tokens; null where the contract counts none.</summary>
    public TokenMeter? Tokens { get; init; }

    /// <summary>What was delivered.</summary>
    public Delivered Counted(string outcome) => new(
        outcome, outcome == UsageOutcomes.Ok ? counter.Delivered(outcome) : 0, counter.Bytes, digest is null ? null : Convert.ToHexStringLower(digest.GetCurrentHash()), Tokens: Tokens?.Counts(outcome));

    /// <summary>What was delivered before it broke off.</summary>
    /// <param name="outcome">How it was answered: what describes that there is nothing has no rows and no tokens.</param>
    /// <param name="cause">Where it broke off: at this side, or behind it, is here.</param>
    public Delivered CountedUntilCut(string outcome, CutCause cause)
    {
        var counted = outcome == UsageOutcomes.Miss ? UsageOutcomes.Miss : UsageOutcomes.Cut;
        return new Delivered(UsageOutcomes.Cut, counter.Delivered(counted), counter.Bytes, Tokens: Tokens?.Counts(counted), Cause: cause);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var before = waiting?.WrittenCount ?? 0;
        if (buffer.Length > most - counter.Bytes - before)
        {
            IsOver = true;
            throw new IOException($"The answer is larger than {most} bytes.");
        }

        var isLast = counter.Bytes + before + buffer.Length == length;
        if (use is not null && !await use.PassAsync(buffer, isLast))
        {
            // The source's answer is at its end now, and what comes last says why.
            waiting = null;
            return;
        }

        var piece = before > 0 || use is { HeldBack: > 0 } ? Release(buffer, use!.HeldBack) : buffer;
        if (use is not null && isLast)
        {
            Count(piece.Span);
            await use.SettleWholeAsync(Counted(lengthOutcome));
            await PassOnAsync(piece, cancellationToken);
        }
        else if (piece.Length > 0 || buffer.Length == 0)
        {
            await CountAndPassOnAsync(piece, cancellationToken);
        }
    }

    /// <summary>The source has ended: what waited for more goes out as it is, or never.</summary>
    /// <exception cref="OperationCanceledException">The contract does not allow it, and the answer can only be broken off.</exception>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (waiting is { WrittenCount: > 0 } && await use!.PassAsync(default, isLast: true))
        {
            await CountAndPassOnAsync(waiting.WrittenMemory, cancellationToken);
        }

        waiting = null;
    }

    // In pieces: what is counted and was never taken is no more than one of them.
    private async ValueTask CountAndPassOnAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > LargestPiece)
        {
            Count(bytes.Span[..LargestPiece]);
            await PassOnAsync(bytes[..LargestPiece], cancellationToken);
            bytes = bytes[LargestPiece..];
        }

        Count(bytes.Span);
        await PassOnAsync(bytes, cancellationToken);
    }

    private async ValueTask PassOnAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        IsWriting = true;
        await Inner.WriteAsync(piece, cancellationToken);
        IsWriting = false;
        lastPiece = Stopwatch.GetTimestamp();
    }

    // What waited goes first, and the end of it may have to wait.
    private ReadOnlyMemory<byte> Release(ReadOnlyMemory<byte> buffer, int held)
    {
        var all = waiting ?? new ArrayBufferWriter<byte>();
        all.Write(buffer.Span);
        if (all.WrittenCount <= held)
        {
            waiting = all;
            return default;
        }

        waiting = null;
        if (held > 0)
        {
            waiting = new ArrayBufferWriter<byte>();
            waiting.Write(all.WrittenSpan[^held..]);
        }

        return all.WrittenMemory[..^held];
    }

    private void Count(ReadOnlySpan<byte> piece)
    {
        counter.Add(piece);
        Tokens?.Add(piece);
        digest?.AppendData(piece);
    }
}
