using System.Security.Cryptography;
using TrustedDataSpace.Connector.Metering;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Counts what is written to the response, after it was handed to the connection. Never buffers.</summary>
/// <param name="inner">The connection.</param>
/// <param name="counter">Counts rows and bytes.</param>
/// <param name="digest">For a request that may be a retry: takes the digest of the answer; else null.</param>
internal sealed class MeteredBody(Stream inner, RowCounter counter, IncrementalHash? digest) : ForwardOnlyBody(inner)
{
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Inner.WriteAsync(buffer, cancellationToken);
        counter.Add(buffer.Span);
        digest?.AppendData(buffer.Span);
    }
}
