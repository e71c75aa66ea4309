using System.Net;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// A source's answer that ends, rather than breaks, when it is cut: whoever copies it on comes to its end and can still say why. For formats
/// in which an answer may end anywhere between two of its parts.
/// </summary>
internal sealed class CuttableContent : HttpContent
{
    private readonly HttpContent inner;
    private readonly CancellationToken cut;

    public CuttableContent(HttpContent inner, CancellationToken cut)
    {
        (this.inner, this.cut) = (inner, cut);
        foreach (var (name, values) in inner.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    protected override async Task<Stream> CreateContentReadStreamAsync() => new CuttableStream(await inner.ReadAsStreamAsync(CancellationToken.None), cut);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => throw new NotSupportedException("It is only read.");

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class CuttableStream(Stream inner, CancellationToken cut) : ReadOnlyBody
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cut, cancellationToken);
            try
            {
                return await inner.ReadAsync(buffer, either.Token);
            }
            catch (OperationCanceledException) when (cut.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return 0;
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
