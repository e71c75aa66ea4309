using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Gate;

/// <summary>A member that is suspended, while the clock of the space stands: nothing here is known because it has become old.</summary>
public sealed class SuspensionTests
{
    [Fact]
    public async Task A_suspension_ends_what_flows_and_is_refused_at_the_next_request_and_an_admission_lets_it_go_on()
    {
        await using var space = await TestSpace.StartAsync();
        var contract = await space.ContractAsync("curves");
        space.Source = async context =>
        {
            context.Response.ContentType = "text/csv";
            await context.Response.WriteAsync("id\n1\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };
        using var answer = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[5]).AsTask().Within("the first row");

        await space.Operator.PostAsync<JsonElement>(AuthorityRoutes.ForSuspension(TestSpace.Vpp), new { reason = "audit" });

        await Assert.ThrowsAnyAsync<Exception>(async () => Assert.Equal(0, await stream.ReadAsync(new byte[16]))).Within("the cut");
        space.Source = TestSpace.Csv;
        using var after = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.Forbidden, after.StatusCode);
        Assert.Contains("membership_not_active", (await after.ProblemAsync()).GetProperty("reasons").GetRawText(), StringComparison.Ordinal);

        await space.Operator.PostAsync<JsonElement>(AuthorityRoutes.ForAdmission(TestSpace.Vpp), new { reason = "nothing found" });
        using var deadline = new CancellationTokenSource(Deadline.Limit);
        while ((await contract.UseAsync()).StatusCode != HttpStatusCode.OK)
        {
            deadline.Token.ThrowIfCancellationRequested();
        }
    }

    [Fact]
    public async Task Who_hears_nothing_from_the_authority_asks_its_register_again_after_ten_seconds()
    {
        await using var space = await TestSpace.StartAsync();
        var contract = await space.ContractAsync("curves");
        using (var before = await contract.UseAsync())
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }

        await space.Operator.PostAsync<JsonElement>(AuthorityRoutes.ForSuspension(TestSpace.Vpp), new { reason = "audit" });
        space.Clock.Set(space.Clock.GetUtcNow() + TimeSpan.FromSeconds(11));
        using var after = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.Forbidden, after.StatusCode);
    }
}
