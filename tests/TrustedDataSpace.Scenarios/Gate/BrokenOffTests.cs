using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Gate;

/// <summary>Downloads that do not reach their end, with a part of them on its way between the two connectors: both must count the same.</summary>
public sealed class BrokenOffTests(SharedSpace shared) : IClassFixture<SharedSpace>, IAsyncLifetime
{
    private const int Size = 32 << 20;

    private readonly TestSpace space = shared.Space;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        space.Source = TestSpace.Csv;
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_application_that_breaks_off_leaves_equal_counts(bool saysLength)
    {
        var contract = await space.ContractAsync("broken-off-" + saysLength, delivery: null, meter: "request");
        space.Source = Large(saysLength);
        using (var answer = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead))
        {
            await using var stream = await answer.Content.ReadAsStreamAsync();
            await stream.ReadExactlyAsync(new byte[100_000]).AsTask().Within("a part");
        }

        await AlikeAsync(contract);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_quota_that_is_used_up_leaves_equal_counts(bool saysLength)
    {
        var contract = await space.ContractAsync("used-up-" + saysLength, delivery: null, meter: "request", TestSpace.Constraint("tds:bytes", "lteq", $"{Size / 2}"));
        space.Source = Large(saysLength);
        using var answer = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
        await Assert.ThrowsAnyAsync<Exception>(async () => await answer.Content.CopyToAsync(Stream.Null)).Within("the cut");
        await AlikeAsync(contract);
    }

    [Fact]
    public async Task The_end_of_a_transfer_leaves_equal_counts()
    {
        var contract = await space.ContractAsync("ended", delivery: null, meter: "request");
        space.Source = Large(saysLength: false);
        using var answer = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[100_000]).AsTask().Within("a part");
        await space.Provider.PostAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferTermination, contract.Flow), new Termination { Reason = "stop" });
        await Assert.ThrowsAnyAsync<Exception>(async () => await stream.CopyToAsync(Stream.Null)).Within("the cut");
        await AlikeAsync(contract);
    }

    private static RequestDelegate Large(bool saysLength) => async context =>
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = saysLength ? Size : null;
        var piece = new byte[64 * 1024];
        for (var sent = 0; sent < Size; sent += piece.Length)
        {
            await context.Response.Body.WriteAsync(piece, context.RequestAborted);
        }
    };

    private async Task AlikeAsync(TestContract contract)
    {
        var provider = Assert.Single((await CountsAsync(space.Provider, contract)).Counts);
        var consumer = Assert.Single((await CountsAsync(space.Consumer, contract)).Counts);
        Assert.Equal(UsageOutcomes.Cut, provider.Outcome);
        Assert.Equal(provider, consumer);
    }

    private static Task<UsageView> CountsAsync(HttpClient side, TestContract contract) => side.WaitAsync<UsageView>($"{ManagementRoutes.Usage}?agreement={contract.Agreement}");
}
