using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Protocol.Json;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Policies.DataApi;

/// <summary>OPA's Data API as this connector answers it.</summary>
public sealed class DataApiTests : IAsyncLifetime
{
    private const string Rules =
        """
        package tds

        decision := {"allow": input.x == 1, "result": "denied", "reasons": [], "duties": []}

        conflict := x if some x in input.xs

        f(x) := x

        list := ["a", "b"]
        """;

    private readonly ConnectorUnderTest connector = new();
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        await connector.StartAsync();
        connector.Get<EmbeddedPolicyEngine>().Replace(PolicyBundle.Create(
        [
            new(".manifest", """{"roots": ["tds"], "revision": "r7"}"""),
            new("tds.rego", Rules),
            new("tds/data.json", """{"words": {"a/b": 1, "x\"] | true": 2}}"""),
        ]));
        client = connector.Management();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await connector.DisposeAsync();
    }

    [Fact]
    public async Task Document_is_answered_with_its_value()
    {
        var answer = await PostAsync("tds/decision", """{"input": {"x": 1}}""");
        Assert.Equal("""{"result":{"allow":true,"duties":[],"reasons":[],"result":"denied"}}""", answer.ToJsonString());
    }

    [Theory]
    [InlineData("tds/list/1", "\"b\"")]
    [InlineData("tds/words/a%2Fb", "1")]
    [InlineData("tds/words/x%22%5D%20%7C%20true", "2")]
    public async Task Path_is_made_of_keys_and_indices_and_never_of_rego(string path, string expected) =>
        Assert.Equal(expected, (await PostAsync(path, """{"input": {}}"""))["result"]!.ToJsonString());

    [Theory]
    [InlineData("tds/nothing")]
    [InlineData("another/package")]
    [InlineData("tds/f")]
    [InlineData("tds/decision/allow/more")]
    [InlineData("tds/list/7")]
    public async Task Unknown_document_is_an_empty_answer(string path) => Assert.Equal("{}", (await PostAsync(path, """{"input": {}}""")).ToJsonString());

    [Fact]
    public async Task Provenance_names_the_bundle()
    {
        var answer = await PostAsync("tds/list?provenance=true&metrics", """{"input": {}}""");
        Assert.Equal("r7", (string?)answer["provenance"]!["bundles"]!["space"]!["revision"]);
        Assert.True((long)answer["metrics"]!["timer_rego_query_eval_ns"]! > 0);
    }

    [Fact]
    public async Task Explanation_tells_what_was_tried()
    {
        var answer = await PostAsync("tds/decision?explain=full", """{"input": {"x": 2}}""");
        Assert.Contains("data.tds.decision gives", (string?)answer["explanation"]![0], StringComparison.Ordinal);
        Assert.False((bool)answer["result"]!["allow"]!);
        Assert.Null((await PostAsync("tds/decision?explain=off", """{"input": {}}"""))["explanation"]);
        Assert.Empty((await PostAsync("tds/decision?explain=notes", """{"input": {"x": 2}}"""))["explanation"]!.AsArray());
    }

    [Fact]
    public async Task Question_without_input_is_warned_about()
    {
        Assert.Equal("api_usage_warning", (string?)(await PostAsync("tds/list", "{}"))["warning"]!["code"]);
        Assert.Equal("api_usage_warning", (string?)(await PostAsync("tds/list", ""))["warning"]!["code"]);
        var got = await client.GetFromJsonAsync<JsonObject>("/v1/data/tds/decision?input=" + Uri.EscapeDataString("""{"x": 1}"""));
        Assert.True((bool)got!["result"]!["allow"]!);
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("[1]")]
    [InlineData("""{"input": """)]
    public async Task Body_that_is_no_question_is_an_invalid_parameter(string body)
    {
        using var answer = await SendAsync(client, "tds/decision", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = await answer.Content.ReadFromJsonAsync<JsonObject>();
        Assert.Equal("invalid_parameter", (string?)error!["code"]);
        Assert.Contains("malformed input document", (string?)error["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?explain=full")]
    public async Task Evaluation_that_fails_names_the_place_in_the_policy(string parameters)
    {
        using var answer = await SendAsync(client, "tds/conflict" + parameters, """{"input": {"xs": [1, 2]}}""");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        var error = await answer.Content.ReadFromJsonAsync<JsonObject>();
        Assert.Equal("internal_error", (string?)error!["code"]);
        Assert.Equal("eval_conflict_error", (string?)error["errors"]![0]!["code"]);
        Assert.Equal(("tds.rego", 5), ((string?)error["errors"]![0]!["location"]!["file"], (int)error["errors"]![0]!["location"]!["row"]!));
    }

    [Fact]
    public async Task Nobody_asks_without_a_token()
    {
        using var stranger = new HttpClient { BaseAddress = new Uri(connector.Url) };
        using var answer = await SendAsync(stranger, "tds/decision", "{}");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("unauthorized", (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["code"]);
        using var wrong = connector.Management("another-token-0123456789-0123456789-0123456789");
        using var refused = await SendAsync(wrong, "tds/decision", "{}");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task Token_needs_the_scope()
    {
        using var other = connector.Management(await TokenAsync("other", "policies:read", "decisions:write"));
        using var refused = await SendAsync(other, "tds/decision", "{}");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("decisions:read", (string?)(await refused.Content.ReadFromJsonAsync<JsonObject>())!["message"], StringComparison.Ordinal);

        using var gateway = connector.Management(await TokenAsync("gateway", "decisions:read"));
        using var answer = await SendAsync(gateway, "tds/decision", "{}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var elsewhere = await gateway.GetAsync(ManagementRoutes.Assets);
        Assert.Equal(HttpStatusCode.Forbidden, elsewhere.StatusCode);
    }

    [Fact]
    public async Task Without_a_bundle_there_is_no_empty_answer_but_an_error()
    {
        await using var fresh = new ConnectorUnderTest();
        await fresh.StartAsync();
        using var asking = fresh.Management();
        using var answer = await SendAsync(asking, "tds/decision", "{}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("internal_error", (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["code"]);
    }

    [Fact]
    public async Task Path_without_end_is_refused()
    {
        using var answer = await SendAsync(client, string.Join('/', Enumerable.Repeat("a", 100)), "{}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private async Task<string> TokenAsync(string name, params string[] scopes)
    {
        using var answer = await client.PostAsJsonAsync(TokenRoutes.Tokens, new TokenDefinition { Name = name, Scopes = scopes }, ProtocolJson.Options);
        return (await answer.Content.ReadFromJsonAsync<TokenSecret>(ProtocolJson.Options))!.Secret;
    }

    private async Task<JsonObject> PostAsync(string path, string body)
    {
        using var answer = await SendAsync(client, path, body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient from, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await from.PostAsync(new Uri("/v1/data/" + path, UriKind.Relative), content);
    }
}
