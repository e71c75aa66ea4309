using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Credentials;

/// <summary>What the authority's register says of a member binds beside the member's own DID document.</summary>
public sealed class MemberKeyTests : IAsyncLifetime
{
    private readonly Register register = new();
    private readonly SigningKey other = SigningKey.Generate();
    private DcpConnector connector = null!;

    public async ValueTask InitializeAsync()
    {
        connector = await DcpConnector.StartAsync(directory: register);
        register.Record = Record(connector.Kit.Holder.Key.Public);
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        other.Dispose();
    }

    [Fact]
    public async Task Member_is_known_by_the_key_that_it_has_registered_or_had_until_lately()
    {
        await VerifyAsync();
        register.Record = Record(other.Public) with { FormerKeys = [connector.Kit.Holder.Key.Public] };
        await VerifyAsync();
    }

    [Fact]
    public async Task Key_that_its_own_document_alone_names_is_none_of_a_member()
    {
        register.Record = Record(other.Public);
        Assert.Equal("kid", (await Assert.ThrowsAsync<RefusalException>(VerifyAsync)).Term);
    }

    [Fact]
    public async Task Suspended_member_is_nobody_at_once()
    {
        await VerifyAsync();
        register.Refusal = RefusalCode.Forbidden;
        Assert.Equal(RefusalCode.Unauthenticated, (await Assert.ThrowsAsync<RefusalException>(VerifyAsync)).Code);
    }

    [Fact]
    public async Task While_nobody_can_tell_who_is_a_member_nobody_is_and_may_try_again()
    {
        register.Refusal = RefusalCode.Unavailable;
        Assert.Equal(RefusalCode.Unavailable, (await Assert.ThrowsAsync<RefusalException>(VerifyAsync)).Code);
    }

    [Theory]
    [InlineData("at+jwt", false)]
    [InlineData("JWT", true)]
    [InlineData("jwt", true)]
    [InlineData(null, false)]
    public void Self_issued_token_is_told_apart_by_its_type(string? type, bool meant)
    {
        var header = System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(type is null ? "{\"alg\":\"ES256\"}" : $"{{\"typ\":\"{type}\"}}"));
        Assert.Equal(meant, PresentedPeers.IsMeant(header + ".e30.x"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a.b")]
    [InlineData("!!.b.c")]
    [InlineData("WzFd.b.c")]
    public void What_is_no_token_is_no_self_issued_one(string? text) => Assert.False(PresentedPeers.IsMeant(text));

    public static TheoryData<CredentialOptions, string> BadSettings() => new()
    {
        { new CredentialOptions { ProveBy = (PeerProof)7 }, "ProveBy" },
        { new CredentialOptions { Shown = ["GridOperatorCredential"] }, "Shown" },
        { new CredentialOptions { Asked = ["no type"] }, "no type" },
        { new CredentialOptions { MaxStatusAge = TimeSpan.FromMinutes(2) }, "MaxStatusAge" },
        { new CredentialOptions { MaxStatusAge = TimeSpan.Zero }, "MaxStatusAge" },
        { new CredentialOptions { TrustedIssuers = [new BelievedIssuer { Type = "MembershipCredential", Issuer = "did:web:a.example" }] }, "the authority's alone" },
        { new CredentialOptions { TrustedIssuers = [new BelievedIssuer { Type = "GridOperatorCredential", Issuer = "a.example" }] }, "did:web" },
    };

    [Theory]
    [MemberData(nameof(BadSettings), DisableDiscoveryEnumeration = true)]
    public void Settings_that_would_weaken_or_mean_nothing_stop_the_start(CredentialOptions options, string named) =>
        Assert.Contains(named, Assert.Single(options.Problems()), StringComparison.Ordinal);

    [Fact]
    public void Usual_settings_are_in_order() => Assert.Empty(new CredentialOptions().Problems());

    private PeerRecord Record(PublicKey key) => new(connector.Kit.Holder.Did.Value, "Holder", connector.Kit.Url, ParticipantStates.Active, key, "44", []);

    private Task VerifyAsync() => connector.Connector.Get<SelfIssuedTokens>().VerifyAsync(connector.Kit.Holder.Token(connector.Did, "t"), default);

    private sealed class Register : IPeerDirectory
    {
        public PeerRecord? Record { get; set; }

        public RefusalCode? Refusal { get; set; }

        public ValueTask<PeerRecord> FindAsync(string did, CancellationToken cancellation) => Refusal is { } code
            ? throw new RefusalException(code, "Refused.") { Where = code == RefusalCode.Unavailable ? "authority" : null }
            : ValueTask.FromResult(Record!);
    }
}
