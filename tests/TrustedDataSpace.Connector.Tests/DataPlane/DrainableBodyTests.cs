using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

public sealed class DrainableBodyTests
{
    private readonly Pipe pipe = new();

    [Fact]
    public async Task A_read_that_is_given_up_leaves_the_rest_to_be_read()
    {
        await using var body = new DrainableBody(pipe.Reader);
        using var stop = new CancellationTokenSource();
        var reading = body.ReadAsync(new byte[8], stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading).Within("the end of the read");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => body.ReadAsync(new byte[8], stop.Token).AsTask());

        await pipe.Writer.WriteAsync("rest"u8.ToArray(), TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        var rest = await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("rest", true), (Encoding.ASCII.GetString(rest.Buffer), rest.IsCompleted));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10_000)]
    public async Task All_of_it_comes_in_its_order(int piece)
    {
        var sent = new byte[9_000];
        RandomNumberGenerator.Fill(sent);
        await pipe.Writer.WriteAsync(sent, TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        await using var body = new DrainableBody(pipe.Reader);
        using var read = new MemoryStream();
        await body.CopyToAsync(read, piece, TestContext.Current.CancellationToken);
        Assert.Equal(sent, read.ToArray());
    }
}
