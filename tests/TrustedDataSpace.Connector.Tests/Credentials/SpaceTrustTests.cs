using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Credentials;

/// <summary>The authority's list says whom a connector believes; its settings only take away, and nothing goes back.</summary>
public sealed class SpaceTrustTests
{
    private const string Grid = "GridOperatorCredential";
    private const string Bank = "FinancialInstitutionCredential";
    private static readonly Did Regulator = Did.Parse("did:web:regulator.example");
    private static readonly Did Ministry = Did.Parse("did:web:ministry.example");

    [Fact]
    public async Task Nobody_but_the_authority_is_believed_without_a_list()
    {
        await using var connector = await DcpConnector.StartAsync(Narrowed(new BelievedIssuer { Type = Grid, Issuer = Regulator.Value, Claims = ["licence"] }));
        var trust = connector.Connector.Get<SpaceTrust>();
        Assert.False(trust.Knows(Regulator));
        Assert.False(trust.Trusts(Credential(Regulator, Grid)));
        Assert.True(trust.Trusts(Credential(connector.Kit.Issuer.Did, Grid)));
    }

    [Fact]
    public async Task List_is_believed_for_its_types_and_claims_and_nobody_elses_membership()
    {
        await using var connector = await DcpConnector.StartAsync();
        await connector.TrustAsync(1, new TrustedIssuer(Regulator, [Grid, DcpConnector.Membership]) { Claims = ["licence"] });
        var trust = connector.Connector.Get<SpaceTrust>();
        Assert.True(trust.Trusts(Credential(Regulator, Grid)));
        Assert.False(trust.Trusts(Credential(Regulator, Bank)));
        Assert.False(trust.Trusts(Credential(Regulator, Grid, Bank)));
        Assert.False(trust.Trusts(Credential(Regulator)));
        Assert.False(trust.Trusts(Credential(Regulator, DcpConnector.Membership)));
        Assert.False(trust.Trusts(Credential(Ministry, Grid)));
        Assert.Equal((true, false), (trust.Trusts(Credential(Regulator, Grid), "licence"), trust.Trusts(Credential(Regulator, Grid), "clearance")));
    }

    [Fact]
    public async Task Settings_only_narrow_what_the_list_says()
    {
        await using var connector = await DcpConnector.StartAsync(Narrowed(
            new BelievedIssuer { Type = Grid, Issuer = Regulator.Value, Claims = ["licence", "clearance"] },
            new BelievedIssuer { Type = Grid, Issuer = Ministry.Value, Claims = ["licence"] }));
        await connector.TrustAsync(1, new TrustedIssuer(Regulator, [Grid, Bank]) { Claims = ["licence", "area"] });
        var trust = connector.Connector.Get<SpaceTrust>();
        Assert.True(trust.Trusts(Credential(Regulator, Grid)));
        Assert.False(trust.Trusts(Credential(Regulator, Bank)));
        Assert.False(trust.Knows(Ministry));
        Assert.True(trust.Trusts(Credential(Regulator, Grid), "licence"));
        Assert.False(trust.Trusts(Credential(Regulator, Grid), "clearance"));
        Assert.False(trust.Trusts(Credential(Regulator, Grid), "area"));
    }

    [Fact]
    public async Task List_never_goes_back_not_even_after_a_restart()
    {
        await using var connector = await DcpConnector.StartAsync();
        await connector.TrustAsync(1, new TrustedIssuer(Regulator, [Grid]));
        await connector.TrustAsync(2);
        async Task RefusedAsync(long version, params TrustedIssuer[] issuers) =>
            Assert.Equal((RefusalCode.Conflict, "version"), (await Assert.ThrowsAsync<RefusalException>(() => connector.TrustAsync(version, issuers))) is var refusal ? (refusal.Code, refusal.Term) : default);
        await RefusedAsync(1, new TrustedIssuer(Regulator, [Grid]));
        await RefusedAsync(2, new TrustedIssuer(Regulator, [Grid]));
        await connector.TrustAsync(2);

        var again = ActivatorUtilities.CreateInstance<SpaceTrust>(connector.Connector.Get<IServiceProvider>());
        Assert.Equal((2, false), (again.Version, again.Knows(Regulator)));
    }

    [Fact]
    public async Task Grace_of_the_list_before_does_not_begin_anew_with_each_newer_one_that_is_told_of()
    {
        await using var connector = await DcpConnector.StartAsync();
        await connector.TrustAsync(1, new TrustedIssuer(Regulator, [Grid]));
        var trust = connector.Connector.Get<SpaceTrust>();
        Assert.True(trust.Tell(2));
        connector.Clock.Advance(SpaceTrust.Grace - TimeSpan.FromSeconds(1));
        Assert.True(trust.Tell(3));
        Assert.True(trust.Knows(Regulator));
        connector.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(trust.Knows(Regulator));

        // Once a list has come, the next one that is told of has its own.
        await connector.TrustAsync(3, new TrustedIssuer(Regulator, [Grid]));
        Assert.True(trust.Tell(4));
        connector.Clock.Advance(SpaceTrust.Grace - TimeSpan.FromSeconds(1));
        Assert.True(trust.Knows(Regulator));
    }

    private static CredentialOptions Narrowed(params BelievedIssuer[] issuers) => new() { TrustedIssuers = issuers };

    private static VerifiableCredential Credential(Did issuer, params string[] types) => new()
    {
        Profile = CredentialProfile.Vc20,
        Types = [VerifiableCredential.BaseType, .. types],
        Issuer = issuer,
        Subject = ProtocolJson.Parse("{}"u8),
        Json = ProtocolJson.Parse("{}"u8),
    };
}
