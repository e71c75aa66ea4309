using System.Security.Cryptography;
using TrustedDataSpace.Connector.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Counts what is written to the response, after it was handed to the connection. Never buffers.</summary>
/// <param name="inner">The connection.</param>
/// <param name="counter">Counts rows and bytes.</param>
/// <param name="digest">For a request that may be a retry: takes the digest of the answer; else null.</param>
/// <param name="most">Bytes that may pass.</param>
/// <param name="use">Takes what passes from the quotas of the contract; null at the consumer.</param>
internal sealed class MeteredBody(Stream inner, RowCounter counter, IncrementalHash? digest, long most = long.MaxValue, RunningUse? use = null) : ForwardOnlyBody(inner)
{
    /// <summary>Whether more came than may pass; the piece that was too much went no further.</summary>
    public bool IsOver { get; private set; }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length > most - counter.Bytes)
        {
            IsOver = true;
            throw new IOException($"The answer is larger than {most} bytes.");
        }

        if (use is not null)
        {
            await use.PassAsync(buffer);
        }

        await Inner.WriteAsync(buffer, cancellationToken);
        counter.Add(buffer.Span);
        digest?.AppendData(buffer.Span);
    }
}
