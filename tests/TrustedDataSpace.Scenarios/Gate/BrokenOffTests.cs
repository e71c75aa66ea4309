using System.Text;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;
using TrustedDataSpace.Protocol.Tokens;
using TrustedDataSpace.Scenarios.Transfer;
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

        await AlikeAsync(contract.Agreement);
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
        await AlikeAsync(contract.Agreement);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_of_a_transfer_leaves_equal_counts(bool saysLength)
    {
        var contract = await space.ContractAsync("ended-" + saysLength, delivery: null, meter: "request");
        space.Source = Large(saysLength);
        using var answer = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[100_000]).AsTask().Within("a part");
        await space.Provider.PostAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferTermination, contract.Flow), new Termination { Reason = "stop" });
        await Assert.ThrowsAnyAsync<Exception>(async () => await stream.CopyToAsync(Stream.Null)).Within("the cut");
        await AlikeAsync(contract.Agreement);
    }

    [Fact]
    public async Task A_person_who_stops_an_assistant_leaves_equal_counts()
    {
        var contract = await space.TokenContractAsync(
            "stopped-assistant", new { unit = "token", format = MeterRule.Chat, tokenizerId = Tokenizer.BuiltInId, tokenizerVersion = Tokenizer.BuiltInVersion }, pricePlan: null);
        var words = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(i => $"data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" word {i}\"}}}}]}}\n\n")));
        space.Source = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(words, context.RequestAborted);
            }
        };
        using (var answer = await contract.AskAsync("""{"stream":true,"messages":[{"role":"user","content":"Go on."}]}""", HttpCompletionOption.ResponseHeadersRead))
        {
            await using var stream = await answer.Content.ReadAsStreamAsync();
            await stream.ReadExactlyAsync(new byte[100_000]).AsTask().Within("a part");
        }

        await AlikeAsync(contract.Agreement);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_push_that_either_side_ends_in_the_middle_leaves_equal_counts(bool byProvider)
    {
        space.Source = Large(saysLength: false);
        await using var sink = await Sink.StartAsync();
        var go = new TaskCompletionSource();
        sink.AfterFirstPiece = _ => go.Task;
        var agreement = await space.AgreeAsync(meter: new { unit = "request" });
        var transfer = await space.PushAsync(agreement, sink);
        await sink.NextAsync();
        await (byProvider
            ? space.Provider.StepAsync(ManagementRoutes.TransferTermination, transfer.Flow!, "stop")
            : space.Consumer.StepAsync(ManagementRoutes.TransferTermination, transfer.Id, "stop"));
        go.SetResult();
        await AlikeAsync(agreement);
    }

    [Fact]
    public async Task A_sink_that_fails_in_the_middle_leaves_equal_counts()
    {
        space.Source = Large(saysLength: false);
        await using var sink = await Sink.StartAsync();
        sink.AfterFirstPiece = _ => throw new IOException("The sink is full.");
        var agreement = await space.AgreeAsync(meter: new { unit = "request" });
        var transfer = await space.PushAsync(agreement, sink);
        await sink.NextAsync();
        await space.Provider.StepAsync(ManagementRoutes.TransferTermination, transfer.Flow!, "stop");
        await AlikeAsync(agreement);
    }

    [Fact]
    public async Task Connectors_that_are_stopped_in_order_in_the_middle_leave_equal_counts()
    {
        await using var apart = await TestSpace.StartAsync();
        var contract = await apart.ContractAsync("stopped", delivery: null, meter: "request");
        apart.Source = Large(saysLength: true);
        using var answer = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[100_000]).AsTask().Within("a part");

        // A push that is under way then goes on behind the stop: nobody has decided against it.
        await using var sink = await Sink.StartAsync();
        var go = new TaskCompletionSource();
        sink.AfterFirstPiece = _ => go.Task;
        var push = await apart.PushAsync(await apart.AgreeAsync(meter: new { unit = "request" }), sink);
        await sink.NextAsync();
        await apart.RestartConnectorsAsync(_ => { });
        apart.Source = TestSpace.Csv;
        go.SetResult();

        // What was begun before, or between the stops of the two, has broken off.
        var whole = false;
        for (var i = 0; i < 5 && !whole; i++)
        {
            whole = await (await sink.NextAsync()).IsWholeAsync();
        }

        Assert.True(whole);
        Assert.Equal("STARTED", (await apart.Provider.WaitAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferById, push.Flow!), seconds: 0)).State);
        await AlikeAsync(apart, contract.Agreement);
    }

    [Fact]
    public async Task What_is_counted_when_a_transfer_ends_still_arrives()
    {
        // Fits into what lies between.
        const int Small = 3 << 20;
        var contract = await space.ContractAsync("counted", delivery: null, meter: "request");
        space.Source = Large(saysLength: true, Small);
        using var answer = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(UsageOutcomes.Ok, Assert.Single(await space.Provider.CountsAsync(contract.Agreement)).Outcome);
        await space.Provider.PostAsync<TransferView>(ManagementRoutes.For(ManagementRoutes.TransferTermination, contract.Flow), new Termination { Reason = "stop" });
        Assert.Equal(Small, (await answer.Content.ReadAsByteArrayAsync().Within("all of it")).Length);
        Assert.Equal(await space.Provider.CountsAsync(contract.Agreement), await space.Consumer.CountsAsync(contract.Agreement));
    }

    private static RequestDelegate Large(bool saysLength, int size = Size) => async context =>
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = saysLength ? size : null;
        var piece = new byte[64 * 1024];
        for (var sent = 0; sent < size; sent += piece.Length)
        {
            await context.Response.Body.WriteAsync(piece, context.RequestAborted);
        }
    };

    private Task AlikeAsync(string agreement) => AlikeAsync(space, agreement);

    private static async Task AlikeAsync(TestSpace space, string agreement)
    {
        var provider = await space.Provider.CountsAsync(agreement);
        Assert.Equal(UsageOutcomes.Cut, Assert.Single(provider).Outcome);
        Assert.Equal(provider, await space.Consumer.CountsAsync(agreement));
    }
}
