using System.Text.Json;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Opa;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Policies;

/// <summary>What the connector does with an OPA server. The server is a stand-in: its decisions are the test's.</summary>
public sealed class OpaEngineTests : IAsyncLifetime
{
    private StandInOpa opa = null!;

    public async ValueTask InitializeAsync() => opa = await StandInOpa.StartAsync();

    public ValueTask DisposeAsync() => opa.DisposeAsync();

    [Fact]
    public async Task Opa_decides_and_the_connector_holds_no_bundle()
    {
        await using var connector = Connector();
        await connector.StartAsync();
        await connector.Database.WaitUntilAsync(() => connector.Get<IPolicyEngine>().Revision != "none", Deadline.Limit, default);

        Assert.Equal("sha256:0011223344556677", connector.Get<IPolicyEngine>().Revision);
        Assert.Throws<InvalidOperationException>(connector.Get<EmbeddedPolicyEngine>);

        var decision = await connector.Get<PolicyGate>().DecideAsync(Question(), default);

        Assert.True(decision.Allow);
        Assert.Equal("sha256:0011223344556677", decision.Revision);
        Assert.Contains("\"stage\":\"negotiation\"", opa.Questions.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_of_opa_are_not_known_here_so_that_no_answer_is_used_again()
    {
        await using var connector = Connector();
        var gate = connector.Get<PolicyGate>();

        var decision = await gate.DecideForReuseAsync(Question(), default);

        Assert.True(decision.Allow);
        Assert.Null(decision.Validity);
        Assert.False(gate.Rules.Reads.IsReusable);
        Assert.True(gate.Rules.Reads.ReadsRequestPath);
    }

    [Fact]
    public async Task Opa_that_fails_refuses_every_use()
    {
        opa.Answer = StandInOpa.Json("{}", 500);
        await using var connector = Connector();

        var decision = await connector.Get<PolicyGate>().DecideAsync(Question(), default);

        Assert.False(decision.Allow);
        Assert.Equal(PolicyDecision.EngineErrorCode, Assert.Single(decision.Reasons).Code);
    }

    [Fact]
    public async Task Opa_that_comes_late_is_noticed()
    {
        opa.Answer = StandInOpa.Json("{}", 500);
        await using var connector = Connector();
        await connector.StartAsync();

        opa.Answer = StandInOpa.Json(StandInOpa.With(StandInOpa.Allowed));

        Assert.True(await connector.Database.WaitUntilAsync(() => connector.Get<IPolicyEngine>().Revision != "none", Deadline.Limit, default));
    }

    [Fact]
    public void Settings_are_checked_when_opa_decides()
    {
        Assert.Contains(new PolicyOptions { Engine = PolicyEngineKind.Opa }.Problems(), problem => problem.Contains("Policies:Opa:Url", StringComparison.Ordinal));
        Assert.Contains(new PolicyOptions { Engine = (PolicyEngineKind)7 }.Problems(), problem => problem.Contains("Policies:Engine", StringComparison.Ordinal));
        Assert.Empty(new PolicyOptions { Engine = PolicyEngineKind.Opa, Opa = new() { Url = "http://127.0.0.1:8181" } }.Problems());
        Assert.Empty(new PolicyOptions().Problems());
    }

    [Fact]
    public void Address_of_opa_without_the_choice_of_opa_is_refused() =>
        Assert.Contains("the embedded engine decides", Assert.Single(new PolicyOptions { Opa = new() { Url = "http://127.0.0.1:8181" } }.Problems()), StringComparison.Ordinal);

    private ConnectorUnderTest Connector() => new(policies: new PolicyOptions
    {
        Engine = PolicyEngineKind.Opa,
        Opa = new OpaOptions { Url = opa.Url, Timeout = TimeSpan.FromSeconds(20) },
        PollInterval = TimeSpan.FromSeconds(1),
    });

    private static PolicyQuestion Question() => new()
    {
        Stage = PolicyStage.Negotiation,
        Subject = new Peer("did:web:vpp.example", "active", "44", []),
        Terms = new CompiledTerms("urn:uuid:o", "sha256:0", JsonElement.Parse("""{"kind": "offer"}""")),
        Product = new ProductFacts("load_curve_96", "general"),
    };
}
