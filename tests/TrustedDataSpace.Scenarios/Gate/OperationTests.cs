using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Scenarios.Gate;

/// <summary>What operators do while answers flow.</summary>
public sealed class OperationTests
{
    private const string Half = "id\n1\n2\n";
    private const string Rest = "3\n4\n";

    [Fact]
    public async Task A_connector_that_is_told_to_stop_finishes_what_flows_and_has_counted_it_when_it_has_stopped()
    {
        await using var space = await TestSpace.StartAsync();
        var contract = await space.ContractAsync("drained");
        var rest = new TaskCompletionSource();
        space.Source = InTwoParts(rest.Task);
        using var answer = await OpenAsync(contract);

        var stopped = space.Behind(space.Provider).StopAsync();
        using (var another = await contract.UseAsync())
        {
            Assert.False(another.IsSuccessStatusCode);
        }

        Assert.False(stopped.IsCompleted);
        rest.SetResult();

        Assert.Equal(Half + Rest, await answer.Content.ReadAsStringAsync().Within("the whole answer"));
        await stopped.Within("the connector to stop");
        var counts = await space.Consumer.WaitAsync<UsageView>($"{ManagementRoutes.Usage}?agreement={contract.Agreement}", seconds: 0);

        // Each row has two values.
        Assert.Equal((1, 8), (Assert.Single(counts.Counts).Requests, counts.Counts[0].Rows));
    }

    [Fact]
    public async Task A_new_credential_for_the_source_is_used_by_the_next_request_and_cuts_none()
    {
        await using var space = await TestSpace.StartAsync();
        var contract = await space.ContractAsync("reloaded");
        var rest = new TaskCompletionSource();
        space.Source = InTwoParts(rest.Task);
        using var answer = await OpenAsync(contract);

        var shown = new List<string?>();
        space.Source = context =>
        {
            shown.Add(context.Request.Headers["X-Api-Key"]);
            return TestSpace.Csv(context);
        };
        await space.Provider.PostAsync<JsonElement>(
            ManagementRoutes.Assets,
            new AssetDefinition { Id = "reloaded", SourceUrl = space.SourceUrl, SourceHeaders = new Dictionary<string, string> { ["X-Api-Key"] = "the next one" } });
        using var next = await contract.UseAsync();
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        Assert.Equal("the next one", Assert.Single(shown));

        rest.SetResult();
        Assert.Equal(Half + Rest, await answer.Content.ReadAsStringAsync().Within("the whole answer"));
    }

    private static RequestDelegate InTwoParts(Task rest) => async context =>
    {
        context.Response.ContentType = "text/csv";
        await context.Response.WriteAsync(Half);
        await context.Response.Body.FlushAsync();
        await rest.Within("the test to let the rest go");
        await context.Response.WriteAsync(Rest);
    };

    // Its headers are here, so the provider has decided and forwarded.
    private static async Task<HttpResponseMessage> OpenAsync(TestContract contract)
    {
        var answer = await contract.UseAsync(read: HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer;
    }
}
