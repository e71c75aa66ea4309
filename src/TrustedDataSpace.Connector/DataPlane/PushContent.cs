using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Tokens;
using TrustedDataSpace.Protocol.Delivery;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// What is pushed, on its way on: from the source to the consumer's connector, or from there to the sink. Filtered by the contract's
/// delivery rule, counted as it flows, one piece of at most 64 KiB at a time.
/// </summary>
/// <param name="from">Where it comes from.</param>
/// <param name="meter">How the contract counts.</param>
/// <param name="rule">What the contract delivers; null: all of it.</param>
/// <param name="patience">Of the delivery.</param>
/// <param name="silence">How long either end may keep silent: it and its name.</param>
internal sealed class PushContent(Stream from, MeterRule? meter, DeliveryRule? rule, Patience patience, (string From, TimeSpan FromSilence, string To, TimeSpan ToSilence) silence) : HttpContent
{
    private const int Piece = 64 * 1024;

    /// <summary>The headers that say what the body is: they go on with it, and no others.</summary>
    public static IReadOnlyList<string> Described { get; } = ["Content-Type", "Content-Encoding", "Content-Language"];

    private readonly RowCounter counter = new(meter);
    private TokenMeter? tokens;
    private string? digest;

    /// <summary>Whether anybody has begun to take it.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether all of it was taken.</summary>
    public bool IsWhole => digest is not null;

    /// <summary>Why the contract's delivery rule could not be applied; null while it could.</summary>
    public RefusalException? Refusal { get; private set; }

    /// <summary>Takes what goes out from the quotas of the contract, piece by piece; null at the consumer.</summary>
    public RunningUse? Use { get; init; }

    /// <summary>Done before the end of the body is sent: what fails here breaks the body off.</summary>
    public Func<Delivered, Task>? BeforeEnd { get; init; }

    /// <summary>Whether it broke off where it comes from.</summary>
    public bool HasFailedToRead { get; private set; }

    /// <summary>What was taken: all of it.</summary>
    public Delivered Counted() => new(UsageOutcomes.Ok, counter.Delivered(UsageOutcomes.Ok), counter.Bytes, digest, Tokens: tokens?.Counts(UsageOutcomes.Ok));

    /// <summary>What was taken before it broke off; where that was all of it, with its digest.</summary>
    /// <param name="cause">Where it broke off: at this side, or behind it, is here.</param>
    public Delivered CountedUntilCut(CutCause cause) => new(UsageOutcomes.Cut, counter.Delivered(UsageOutcomes.Cut), counter.Bytes, digest, Tokens: tokens?.Counts(UsageOutcomes.Cut), Cause: cause);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (HasBegun)
        {
            throw new InvalidOperationException("What is pushed can be read once.");
        }

        HasBegun = true;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        tokens = TokenMeter.Of(meter, () => Headers.ContentType?.MediaType);
        if (Use is not null && tokens is not null)
        {
            await Use.BeginTokensAsync(tokens);
        }

        await using var metered = new MeteredBody(stream, counter, hash, use: Use) { Tokens = tokens };
        var delivered = rule is null ? null : new DeliveredBody(metered, rule);
        try
        {
            await CopyAsync(delivered ?? (Stream)metered);
            if (delivered is not null)
            {
                await delivered.CompleteAsync(patience.Token);
            }

            await metered.CompleteAsync(patience.Token);
        }
        catch (RefusalException refusal)
        {
            Refusal = refusal;
            throw;
        }

        digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (BeforeEnd is not null)
        {
            await BeforeEnd(Counted());
        }

        patience.Expect(silence.To, silence.ToSilence);
    }

    // Not known: the delivery rule may leave rows out, and the end is sent by itself.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    private async ValueTask<int> ReadAsync(byte[] buffer)
    {
        try
        {
            return await from.ReadAsync(buffer, patience.Token);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }))
        {
            HasFailedToRead = true;
            throw;
        }
    }

    private async Task CopyAsync(Stream to)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            while (true)
            {
                patience.Expect(silence.From, silence.FromSilence);
                var read = await ReadAsync(buffer);
                if (read == 0)
                {
                    return;
                }

                // Sent on at once: a stream may rest for a long time behind this piece.
                patience.Expect(silence.To, silence.ToSilence);
                await to.WriteAsync(buffer.AsMemory(0, read), patience.Token);
                await to.FlushAsync(patience.Token);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
