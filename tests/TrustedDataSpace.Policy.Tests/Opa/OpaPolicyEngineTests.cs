using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Policy.Opa;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Policy.Tests.Opa;

public sealed class OpaPolicyEngineTests : IAsyncLifetime
{
    private readonly ManualClock clock = new();
    private StandInOpa opa = null!;
    private OpaPolicyEngine engine = null!;

    public async ValueTask InitializeAsync()
    {
        opa = await StandInOpa.StartAsync();
        engine = Engine(TimeSpan.FromSeconds(20));
    }

    public async ValueTask DisposeAsync()
    {
        engine.Dispose();
        await opa.DisposeAsync();
    }

    [Fact]
    public async Task Question_goes_to_the_one_fixed_path_as_input()
    {
        await engine.DecideAsync(new JsonObject { ["stage"] = "../../v1/policies?x=1", ["now_ms"] = 1778547600000 });

        var asked = Assert.Single(opa.Questions);
        Assert.Equal("POST /v1/data/tds/decision?provenance=true&strict-builtin-errors=true", asked.Line);
        Assert.Equal("application/json", asked.ContentType);
        Assert.Equal("", asked.Authorization);
        Assert.Equal("""{"input":{"stage":"../../v1/policies?x=1","now_ms":1778547600000}}""", asked.Body);
    }

    [Fact]
    public async Task Question_with_prepared_members_goes_as_one_text()
    {
        await engine.DecideAsync(new EngineQuestion(new CommonMembers("""{"version":1,"space":"s"}"""u8), """{"stage":"request"}"""u8.ToArray()), TestContext.Current.CancellationToken);

        Assert.Equal("""{"input":{"version":1,"space":"s","stage":"request"}}""", Assert.Single(opa.Questions).Body);
    }

    [Fact]
    public async Task Decision_names_the_revision_that_the_server_decided_with()
    {
        Assert.Equal("none", engine.Revision);

        var decision = await DecideAsync();

        Assert.True(decision.Allow);
        Assert.Equal("permission[0]", decision.Permission);
        Assert.Equal("sha256:0011223344556677", decision.Revision);
        Assert.Equal("sha256:0011223344556677", engine.Revision);
    }

    [Fact]
    public async Task Denial_keeps_its_reasons()
    {
        opa.Answer = StandInOpa.Json(StandInOpa.With(
            """{"allow": false, "result": "denied", "reasons": [{"code": "prohibited", "term": "prohibition[0]", "message": "m", "remedy": "r"}], "duties": []}"""));

        var decision = await DecideAsync();

        Assert.False(decision.Allow);
        Assert.Equal(new PolicyReason("prohibited", "prohibition[0]", "m", "r"), Assert.Single(decision.Reasons));
    }

    [Fact]
    public async Task Token_is_sent_as_bearer()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["token"], "of-the-connector\n");
        using var asking = new OpaPolicyEngine(new() { Url = opa.Url, TokenFile = folder["token"] });

        await asking.DecideAsync(new JsonObject());

        Assert.Equal("Bearer of-the-connector", Assert.Single(opa.Questions).Authorization);
    }

    [Fact]
    public async Task Server_on_a_socket_is_asked_there()
    {
        using var folder = new TempFolder();
        await using var local = await StandInOpa.StartAsync(folder["opa.sock"]);
        using var asking = new OpaPolicyEngine(new() { Url = "unix://" + folder["opa.sock"] });

        Assert.True((await asking.DecideAsync(new JsonObject())).Allow);
        Assert.Single(local.Questions);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"result": {"allow": true}}""")]
    [InlineData("""{"result": {}, "result": {}, "provenance": {"version": "1.4.2"}}""")]
    public async Task Answer_that_is_not_of_opa_denies(string body)
    {
        opa.Answer = StandInOpa.Json(body);
        await AssertDeniedAsync("OPA server");
    }

    [Theory]
    [InlineData("true", "not readable")]
    [InlineData("null", "not readable")]
    [InlineData("""{"allow": true}""", "not readable")]
    [InlineData("""{"allow": true, "result": "denied", "permission": "p", "reasons": [], "duties": []}""", "contradicts itself")]
    [InlineData("""{"allow": "true", "result": "allowed", "permission": "p", "reasons": [], "duties": []}""", "contradicts itself")]
    public async Task Decision_of_another_shape_denies(string decision, string message)
    {
        opa.Answer = StandInOpa.Json(StandInOpa.With(decision));
        await AssertDeniedAsync(message);
    }

    [Fact]
    public async Task Undefined_decision_denies()
    {
        opa.Answer = StandInOpa.Json("""{"provenance": {"version": "1.4.2", "bundles": {"space": {"revision": "7"}}}}""");
        await AssertDeniedAsync("no answer");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"other": {"revision": "7"}}""")]
    [InlineData("""{"space": {}}""")]
    [InlineData("""{"space": {"revision": ""}}""")]
    [InlineData("""{"space": "7"}""")]
    public async Task Server_without_the_bundle_of_the_space_denies(string bundles)
    {
        opa.Answer = StandInOpa.Json(StandInOpa.With(StandInOpa.Allowed, bundles: bundles));
        await AssertDeniedAsync("no bundle 'space'");
    }

    [Theory]
    [InlineData("1.3.0")]
    [InlineData("0.70.0")]
    [InlineData("1")]
    [InlineData("latest")]
    [InlineData("")]
    public async Task Server_that_is_too_old_or_does_not_say_denies(string version)
    {
        opa.Answer = StandInOpa.Json(StandInOpa.With(StandInOpa.Allowed, version));
        await AssertDeniedAsync("too old");
    }

    [Theory]
    [InlineData("1.4.0")]
    [InlineData("1.10.1")]
    [InlineData("2.0.0-dev")]
    public async Task Server_of_1_4_or_newer_decides(string version)
    {
        opa.Answer = StandInOpa.Json(StandInOpa.With(StandInOpa.Allowed, version));
        Assert.True((await DecideAsync()).Allow);
    }

    [Theory]
    [InlineData(201, "answered 201")]
    [InlineData(400, "answered 400")]
    [InlineData(401, "Policies:Opa:Token")]
    [InlineData(403, "Policies:Opa:Token")]
    [InlineData(404, "answered 404")]
    [InlineData(500, "answered 500")]
    public async Task Other_status_denies_whatever_the_body_says(int status, string message)
    {
        opa.Answer = StandInOpa.Json(StandInOpa.With(StandInOpa.Allowed), status);
        await AssertDeniedAsync(message);
    }

    [Fact]
    public async Task Redirect_is_not_followed()
    {
        await using var elsewhere = await StandInOpa.StartAsync();
        opa.Answer = context =>
        {
            context.Response.Redirect(elsewhere.Url + "/v1/data/tds/decision", permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        };

        await AssertDeniedAsync("redirects (307)");
        Assert.Empty(elsewhere.Questions);
    }

    [Fact]
    public async Task Oversized_answer_denies()
    {
        opa.Answer = StandInOpa.Json(StandInOpa.With(StandInOpa.Allowed) + new string(' ', 2 << 20));
        await AssertDeniedAsync("larger than");
    }

    [Fact]
    public async Task Oversized_question_is_not_asked()
    {
        var decision = await engine.DecideAsync(new JsonObject { ["stage"] = new string('x', 5 << 20) });

        Assert.Contains("question is larger", AssertEngineError(decision).Message, StringComparison.Ordinal);
        Assert.Empty(opa.Questions);
    }

    [Fact]
    public async Task Cut_answer_denies()
    {
        opa.Answer = context =>
        {
            context.Response.ContentLength = 1000;
            return context.Response.WriteAsync("{\"result\"").ContinueWith(_ => context.Abort(), TaskScheduler.Default);
        };
        await AssertDeniedAsync("OPA");
    }

    [Fact]
    public async Task Silence_ends_at_the_time_out_and_denies()
    {
        opa.Answer = StandInOpa.Silence;
        using var hasty = Engine(TimeSpan.FromMilliseconds(50));

        var decision = await hasty.DecideAsync(new JsonObject()).Within("the time-out");

        Assert.Contains("within 50 ms", AssertEngineError(decision).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_that_never_ends_is_cut_at_the_time_out()
    {
        opa.Answer = async context =>
        {
            await context.Response.WriteAsync("{");
            await context.Response.Body.FlushAsync();
            await StandInOpa.Silence(context);
        };
        using var hasty = Engine(TimeSpan.FromMilliseconds(50));

        Assert.Contains("within 50 ms", AssertEngineError(await hasty.DecideAsync(new JsonObject()).Within("the time-out")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caller_that_does_not_wait_gets_no_answer()
    {
        using var cancelled = new CancellationTokenSource();
        opa.Answer = async context =>
        {
            await cancelled.CancelAsync();
            await StandInOpa.Silence(context);
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await engine.DecideAsync(JsonSerializer.SerializeToElement(1), cancelled.Token));
    }

    [Fact]
    public async Task Server_that_is_away_is_left_alone_and_then_tried_again()
    {
        await OpenCircuitAsync();
        opa.Answer = StandInOpa.Json(StandInOpa.With(StandInOpa.Allowed));

        await AssertLeftAloneAsync();
        Assert.Equal("none", engine.Revision);

        clock.Advance(OpaPolicyEngine.Pause);
        Assert.True((await DecideAsync()).Allow);
        Assert.True((await DecideAsync()).Allow);
    }

    [Fact]
    public async Task Trial_that_fails_keeps_the_server_left_alone()
    {
        await OpenCircuitAsync();
        clock.Advance(OpaPolicyEngine.Pause);
        await AssertDeniedAsync("cannot be reached");

        await AssertLeftAloneAsync();
    }

    [Fact]
    public async Task Questions_that_make_the_server_fail_do_not_stop_the_answers_to_others()
    {
        opa.Answer = StandInOpa.Json("""{"code": "internal_error"}""", 500);
        for (var i = 0; i < 3 * OpaPolicyEngine.UnansweredLimit; i++)
        {
            AssertEngineError(await DecideAsync());
        }

        opa.Answer = StandInOpa.Json(StandInOpa.With(StandInOpa.Allowed));
        Assert.True((await DecideAsync()).Allow);
    }

    [Fact]
    public async Task Server_that_is_not_there_denies()
    {
        var url = opa.Url;
        await opa.DisposeAsync();
        using var asking = new OpaPolicyEngine(new() { Url = url, Timeout = TimeSpan.FromSeconds(20) });

        Assert.Contains("cannot be reached", AssertEngineError(await asking.DecideAsync(new JsonObject())).Message, StringComparison.Ordinal);
    }

    // Hanging up is an unreachable server that no test has to wait for.
    private async Task OpenCircuitAsync()
    {
        opa.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        for (var i = 0; i < OpaPolicyEngine.UnansweredLimit; i++)
        {
            await AssertDeniedAsync("cannot be reached");
        }
    }

    private async Task AssertLeftAloneAsync()
    {
        var asked = opa.Questions.Count;
        await AssertDeniedAsync("asked again");
        Assert.Equal(asked, opa.Questions.Count);
    }

    private OpaPolicyEngine Engine(TimeSpan timeout) => new(new() { Url = opa.Url, Timeout = timeout }, clock);

    private Task<PolicyDecision> DecideAsync() => engine.DecideAsync(new JsonObject { ["stage"] = "request" });

    private async Task AssertDeniedAsync(string message) =>
        Assert.Contains(message, AssertEngineError(await DecideAsync()).Message, StringComparison.Ordinal);

    private static PolicyReason AssertEngineError(PolicyDecision decision)
    {
        Assert.False(decision.Allow);
        var reason = Assert.Single(decision.Reasons);
        Assert.Equal(PolicyDecision.EngineErrorCode, reason.Code);
        return reason;
    }
}
