using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using TrustedDataSpace.Connector.Policies.Decisions;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Policies.Decisions;

public sealed class DecisionLogTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 12, 12, 0, 0, TimeSpan.Zero);

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Line_has_the_shape_of_opas_decision_logs()
    {
        var line = new DecisionLine([], new Dictionary<string, string> { ["id"] = "did:web:grid.example" }).Of(
            new DecisionEvent { Id = "7", Path = "tds/decision", Input = """{"a": 1}""", Result = "true", Revision = "r1", RequestedBy = "127.0.0.1:5", Elapsed = TimeSpan.FromMicroseconds(3) }, Noon);

        Assert.Equal(
            """{"labels":{"id":"did:web:grid.example"},"decision_id":"7","bundles":{"space":{"revision":"r1"}},"path":"tds/decision","input":{"a":1},"result":true,"requested_by":"127.0.0.1:5","timestamp":"2026-05-12T12:00:00.0000000Z","metrics":{"timer_rego_query_eval_ns":3000}}""",
            line.ToJsonString());
    }

    [Fact]
    public void Masked_values_are_gone_and_their_paths_listed()
    {
        DecisionMask[] masks =
        [
            new() { Path = "/input/subject/claims" },
            new() { Path = "/input/list/1" },
            new() { Path = "/input/not/there" },
            new() { Path = "/input/a~1b" },
            new() { Op = "upsert", Path = "/input/purpose", Value = "***" },
            new() { Op = "upsert", Path = "/result/reasons/0/message", Value = "***" },
            new() { Op = "upsert", Path = "/input/nowhere/x", Value = "***" },
        ];
        const string Input = """{"subject": {"id": "x", "claims": {"region": "44"}}, "list": [1, 2, 3], "a/b": 5, "purpose": "secret"}""";
        var line = new DecisionLine(masks, new Dictionary<string, string>()).Of(new DecisionEvent { Path = "p", Input = Input, Result = """{"reasons": [{"message": "secret"}]}""" }, Noon);

        Assert.Equal("""{"subject":{"id":"x"},"list":[1,3],"purpose":"***"}""", line["input"]!.ToJsonString());
        Assert.Equal("""["/input/subject/claims","/input/list/1","/input/a~1b"]""", line["erased"]!.ToJsonString());
        Assert.Equal("""["/input/purpose","/result/reasons/0/message"]""", line["masked"]!.ToJsonString());
        Assert.DoesNotContain("secret", line.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("remove", "/labels/id", null)]
    [InlineData("remove", "input/x", null)]
    [InlineData("erase", "/input/x", null)]
    [InlineData("upsert", "/input/x", null)]
    [InlineData("remove", "/input/x", "y")]
    public void Mask_that_would_do_nothing_or_something_else_is_refused(string op, string path, string? value) =>
        Assert.Single(new DecisionLogOptions { Mask = [new DecisionMask { Op = op, Path = path, Value = value }] }.Problems());

    [Fact]
    public void File_in_a_folder_that_is_not_there_is_refused() => Assert.Single(new DecisionLogOptions { File = folder["missing/decisions.log"] }.Problems());

    [Fact]
    public async Task Decisions_of_the_connector_and_of_the_data_api_are_written()
    {
        var file = folder["decisions.log"];
        await using (var connector = new ConnectorUnderTest(policies: new() { DecisionLog = new() { File = file, Mask = [new DecisionMask { Path = "/input/secret" }] } }))
        {
            await connector.StartAsync();
            connector.Get<EmbeddedPolicyEngine>().Replace(PolicyBundle.BuiltIn());
            await connector.Get<IPolicyEngine>().DecideAsync(JsonElement.Parse("""{"secret": 1, "stage": "request"}"""));
            using var client = connector.Management();
            using var answer = await client.PostAsync("/v1/data/tds/decision", new StringContent("""{"input": {"secret": 2}}"""));
            var id = (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["decision_id"];
            Assert.NotNull(id);
            Assert.NotNull((await StatusAsync(client)).DecisionLog);
        }

        var lines = (await File.ReadAllLinesAsync(file)).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(2, lines.Count);
        Assert.All(lines, line => Assert.Equal(("tds/decision", PolicyBundle.BuiltIn().Revision), ((string?)line["path"], (string?)line["bundles"]!["space"]!["revision"])));
        Assert.All(lines, line => Assert.Equal("""["/input/secret"]""", line["erased"]!.ToJsonString()));
        Assert.Equal("request", (string?)lines[0]["input"]!["stage"]);
        Assert.False((bool)lines[0]["result"]!["allow"]!);
        Assert.Null(lines[0]["requested_by"]);
        Assert.StartsWith("127.0.0.1:", (string?)lines[1]["requested_by"], StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task Decision_that_may_be_used_again_is_written_once_and_keeps_its_validity()
    {
        const string Question = """
            {"version": 1, "stage": "catalog", "now_ms": 1778547600000, "space": "s", "action": "use", "subject": {"id": "x", "membership": "active", "claims": {}},
             "product": {"id": "p", "classification": "general"},
             "agreement": {"kind": "offer", "permissions": [{"id": "permission[0]", "action": "use", "constraints": []}], "prohibitions": [], "duties": []}}
            """;
        var file = folder["decisions.log"];
        await using (var connector = new ConnectorUnderTest(policies: new() { DecisionLog = new() { File = file } }))
        {
            await connector.StartAsync();
            connector.Get<EmbeddedPolicyEngine>().Replace(PolicyBundle.BuiltIn());
            var engine = connector.Get<IPolicyEngine>();
            Assert.True(engine.Reads.IsReusable);
            Assert.NotNull((await engine.DecideForReuseAsync(JsonElement.Parse(Question))).Validity);
        }

        Assert.Contains("\"permission\":\"permission[0]\"", Assert.Single(await File.ReadAllLinesAsync(file)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_setting_nothing_stands_before_the_engine()
    {
        await using var connector = new ConnectorUnderTest();
        Assert.IsType<EmbeddedPolicyEngine>(connector.Get<IPolicyEngine>());
        Assert.Null(connector.Get<DecisionLog>().Status);
    }

    [Fact]
    public async Task Full_queue_drops_and_counts_and_nobody_waits()
    {
        // Not started: nothing is taken out of the queue.
        using var log = Log(new DecisionLogOptions { File = folder["decisions.log"], Capacity = 3 });
        for (var i = 0; i < 10; i++)
        {
            log.Add(new DecisionEvent { Path = "p" });
        }

        Assert.Equal((0, 7), (log.Status!.Written, log.Status.Dropped));
        await log.StartAsync(CancellationToken.None);
        await log.StopAsync(CancellationToken.None);
        Assert.Equal((3, 7), (log.Status.Written, log.Status.Dropped));
        Assert.Equal(3, (await File.ReadAllLinesAsync(folder["decisions.log"])).Length);
    }

    [Fact]
    public async Task File_that_cannot_be_written_is_counted_and_stops_nothing()
    {
        Directory.CreateDirectory(folder["decisions.log"]);
        using var log = Log(new DecisionLogOptions { File = folder["decisions.log"] });
        await log.StartAsync(CancellationToken.None);
        log.Add(new DecisionEvent { Path = "p" });
        await log.StopAsync(CancellationToken.None);
        Assert.Equal((0, 1), (log.Status!.Written, log.Status.Dropped));
    }

    [Fact]
    public async Task Full_file_is_put_aside_and_only_so_many_are_kept()
    {
        for (var start = 0; start < 5; start++)
        {
            using var log = Log(new DecisionLogOptions { File = folder["decisions.log"], MaxFileBytes = 1024, KeepFiles = 2 });
            await log.StartAsync(CancellationToken.None);
            log.Add(new DecisionEvent { Path = new string('p', 2000) });
            await log.StopAsync(CancellationToken.None);
        }

        Assert.Equal(["decisions.log", "decisions.log.1", "decisions.log.2"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
    }

    private static DecisionLog Log(DecisionLogOptions options) => new(
        new ConnectorSettings { Participant = new ParticipantOptions { Id = "did:web:grid.example", Name = "Grid" }, Policies = new() { DecisionLog = options } },
        TimeProvider.System,
        NullLogger<DecisionLog>.Instance);

    private static async Task<ConnectorStatus> StatusAsync(HttpClient client) =>
        JsonSerializer.Deserialize<ConnectorStatus>(await client.GetStringAsync(ManagementRoutes.Status), Protocol.Json.ProtocolJson.Options)!;
}
