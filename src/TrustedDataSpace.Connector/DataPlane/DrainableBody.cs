using System.Buffers;
using System.IO.Pipelines;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// A request body that may be left in the middle, by whoever answers before all of it is read. The server then reads the rest of it away, so
/// that the answer arrives. A read that ends with its token, as the forwarder ends it, leaves the server unable to read on: it closes the
/// connection, and the other side learns that nothing takes what it sends before it has looked at the answer.
/// </summary>
internal sealed class DrainableBody(PipeReader body) : ReadOnlyBody
{
    /// <summary>Sees to it that the body of the request, if it has one, can be left.</summary>
    public static void Use(HttpRequest request)
    {
        if (SourceRules.HasBody(request))
        {
            request.Body = new DrainableBody(request.BodyReader);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var cancelled = cancellationToken.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), body);
        var read = await body.ReadAsync(CancellationToken.None);
        if (read.IsCanceled)
        {
            body.AdvanceTo(read.Buffer.Start);
            throw new OperationCanceledException(cancellationToken);
        }

        var count = (int)Math.Min(read.Buffer.Length, buffer.Length);
        var piece = read.Buffer.Slice(0, count);
        piece.CopyTo(buffer.Span);
        body.AdvanceTo(piece.End);
        return count;
    }
}
