using TrustedDataSpace.Connector.Policies.Decisions;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Policy.Opa;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Policies;

/// <summary>An OPA server holds the policies of one space, a decision log the decisions of one connector.</summary>
public sealed class SharedOpaTests
{
    [Theory]
    [InlineData("city", "http://127.0.0.1:8282", "grid", "http://127.0.0.1:8282/", false)]
    [InlineData("city", "http://127.0.0.1:8282", "grid", "http://127.0.0.1:8283", true)]
    [InlineData("city", "http://127.0.0.1:8282", "city", "http://127.0.0.1:8282", true)]
    public void Connectors_of_two_spaces_in_one_process_ask_two_servers(string space, string url, string otherSpace, string otherUrl, bool allowed)
    {
        var problems = Settings(space, url, "did:web:one.example").CollisionsWith(Settings(otherSpace, otherUrl, "did:web:other.example")).ToList();
        if (allowed)
        {
            Assert.Empty(problems);
        }
        else
        {
            Assert.Contains("Policies:Opa:Url", Assert.Single(problems), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_server_that_does_not_decide_is_no_matter()
    {
        var embedded = Settings("grid", "http://127.0.0.1:8282", "did:web:other.example");
        Assert.Empty(Settings("city", "http://127.0.0.1:8282", "did:web:one.example").CollisionsWith(embedded with { Policies = embedded.Policies with { Engine = PolicyEngineKind.Embedded } }));
    }

    [Theory]
    [InlineData("decisions.log", "./x/../decisions.log", false)]
    [InlineData("decisions.log", "grid.log", true)]
    [InlineData("decisions.log", null, true)]
    [InlineData(null, null, true)]
    public void Connectors_in_one_process_write_decisions_into_two_files(string? file, string? other, bool allowed)
    {
        var problems = Logging("city", "did:web:one.example", file).CollisionsWith(Logging("grid", "did:web:other.example", other)).ToList();
        if (allowed)
        {
            Assert.Empty(problems);
        }
        else
        {
            Assert.Contains("Policies:DecisionLog:File", Assert.Single(problems), StringComparison.Ordinal);
        }
    }

    private static ConnectorSettings Logging(string space, string participant, string? file) =>
        Settings(space, "", participant) with { Policies = new PolicyOptions { DecisionLog = new DecisionLogOptions { File = file } } };

    private static ConnectorSettings Settings(string space, string url, string participant) => new()
    {
        Space = new SpaceOptions { Id = space },
        Participant = new ParticipantOptions { Id = participant },
        Storage = new StorageOptions { Folder = "data-" + participant.Replace(':', '-') },
        Policies = new PolicyOptions { Engine = PolicyEngineKind.Opa, Opa = new OpaOptions { Url = url } },
    };
}
