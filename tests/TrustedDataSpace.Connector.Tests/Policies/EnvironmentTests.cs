using TrustedDataSpace.Connector.Consents;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Connector.Signals;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Policy;
using TrustedDataSpace.Policy.Bundles;
using TrustedDataSpace.Protocol.Dsp;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Policies;

/// <summary>What the gate knows of the environment decides: in permissions and prohibitions, at requests and ticks.</summary>
public sealed class EnvironmentTests : IAsyncDisposable
{
    private readonly ConnectorUnderTest connector = new();

    private SignalService Signals => connector.Get<SignalService>();

    private ConsentService Consents => connector.Get<ConsentService>();

    public ValueTask DisposeAsync() => connector.DisposeAsync();

    [Fact]
    public async Task Signal_decides_at_each_tick()
    {
        var gate = Gate();
        var question = Question("""[{"leftOperand": "tds:signal/grid", "operator": "neq", "rightOperand": "emergency"}]""");
        Assert.False((await gate.DecideAsync(question, CancellationToken.None)).Allow);

        await Signals.SetAsync("grid", "normal");
        Assert.True((await gate.DecideAsync(question, CancellationToken.None)).Allow);
        Assert.True((await gate.DecideAsync(question with { Stage = PolicyStage.Tick }, CancellationToken.None)).Allow);

        await Signals.SetAsync("grid", "emergency");
        Assert.False((await gate.DecideAsync(question with { Stage = PolicyStage.Tick }, CancellationToken.None)).Allow);
    }

    [Fact]
    public async Task Consent_decides_until_it_is_withdrawn()
    {
        var gate = Gate();
        var question = Question("""[{"leftOperand": "tds:consent", "operator": "eq", "rightOperand": "did:web:mill.example"}]""");
        var denied = await gate.DecideAsync(question, CancellationToken.None);
        Assert.Equal("constraint_not_met", Assert.Single(denied.Reasons).Code);

        var consent = await Consents.GrantAsync(new() { Subject = "did:web:mill.example", Product = "credit", Purpose = "inference" });
        Assert.True((await gate.DecideAsync(question, CancellationToken.None)).Allow);
        Assert.False((await gate.DecideAsync(question with { Purpose = "training" }, CancellationToken.None)).Allow);

        await Consents.WithdrawAsync(consent.Id);
        Assert.False((await gate.DecideAsync(question with { Stage = PolicyStage.Tick }, CancellationToken.None)).Allow);
    }

    [Fact]
    public async Task Epoch_of_the_gate_grows_with_signals_and_consents()
    {
        var gate = Gate();
        var first = gate.Rules.Facts;
        await Signals.SetAsync("grid", "normal");
        var second = gate.Rules.Facts;
        await Consents.GrantAsync(new() { Subject = "x", Product = "credit", Purpose = null });

        Assert.True(first < second && second < gate.Rules.Facts);
    }

    [Fact]
    public async Task Answer_of_the_gate_says_how_long_it_holds()
    {
        var question = Question("""[{"leftOperand": "count", "operator": "lteq", "rightOperand": "5"}, {"leftOperand": "dateTime", "operator": "lt", "rightOperand": "9000-01-01T00:00:00Z"}]""");

        var validity = (await Gate().DecideForReuseAsync(question, CancellationToken.None)).Validity!;

        Assert.Equal(5, validity.AtMost["count"]);
        Assert.Equal(DateTimeOffset.Parse("9000-01-01T00:00:00Z", null).ToUnixTimeMilliseconds(), validity.UntilMs);
        Assert.False(validity.Reads.ReadsRequestPath);
    }

    private PolicyGate Gate()
    {
        var engine = new EmbeddedPolicyEngine();
        engine.Replace(PolicyBundle.BuiltIn());
        return new PolicyGate(engine, new ConnectorSettings { Space = new SpaceOptions { Id = "city" } }, TimeProvider.System, Signals, Consents);
    }

    private static PolicyQuestion Question(string constraints) => new()
    {
        Stage = PolicyStage.Request,
        Subject = new Peer("did:web:bank.example", "active", "44", []),
        Terms = CompiledPolicy.Of(PolicyDocument.Parse(
            $$"""
            {"@id": "urn:uuid:a", "@type": "Agreement", "target": "credit", "assigner": "did:web:city.example", "assignee": "did:web:bank.example",
             "permission": [{"action": "use", "constraint": {{constraints}}}]}
            """)).Terms,
        Product = new ProductFacts("credit", "general"),
        Purpose = "inference",
        Usage = new UsageFacts(1),
        Filed = true,
        AgreementState = "active",
    };
}
