using System.Net;
using System.Text;
using TrustedDataSpace.Authority.Credentials;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Trust;

/// <summary>Whom the space believes: the operator says it, everybody reads it signed, and its number only goes up.</summary>
public sealed class TrustTests
{
    private const string Regulator = "did:web:regulator.example";
    private static readonly IssuerTrust Licences = new() { Types = ["GridOperatorCredential", "SurveyingLicenceCredential"] };

    [Fact]
    public async Task Operator_changes_the_list_and_its_number_goes_up()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var first = await ReadAsync(authority);
        Assert.Equal(AuthorityUnderTest.Id, Assert.Single(first.Issuers).Issuer.Value);
        Assert.True(first.Trusts(Did.Parse(AuthorityUnderTest.Id), "MembershipCredential"));

        await authority.OkAsync<NumberedTrust>(HttpMethod.Put, AuthorityRoutes.ForTrustedIssuer(Regulator), AuthorityUnderTest.Operator, Licences);
        var second = await ReadAsync(authority);
        second.RequireAfter(first);
        Assert.Equal(first.Version + 1, second.Version);
        Assert.True(second.Trusts(Did.Parse(Regulator), "GridOperatorCredential"));

        // The same word again is a list of its own: see the restored authority below.
        Assert.Equal(second.Version + 1, (await authority.OkAsync<NumberedTrust>(HttpMethod.Put, AuthorityRoutes.ForTrustedIssuer(Regulator), AuthorityUnderTest.Operator, Licences)).Version);
        using (var gone = await authority.SendAsync(HttpMethod.Delete, AuthorityRoutes.ForTrustedIssuer(Regulator), AuthorityUnderTest.Operator))
        {
            Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        }

        var third = await ReadAsync(authority);
        Assert.Equal((first.Version + 3, false), (third.Version, third.Trusts(Did.Parse(Regulator), "GridOperatorCredential")));
        await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Delete, AuthorityRoutes.ForTrustedIssuer(Regulator), AuthorityUnderTest.Operator);
    }

    [Fact]
    public async Task Issuer_is_believed_for_the_claims_that_are_named_or_else_for_those_of_its_types()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        async Task<IReadOnlyList<string>> PutAsync(IssuerTrust trust) => (await authority.OkAsync<NumberedTrust>(
            HttpMethod.Put, AuthorityRoutes.ForTrustedIssuer(Regulator), AuthorityUnderTest.Operator, trust)).Issuers[1].Claims;
        Assert.Equal(["area", "licence", "voltageLevels"], await PutAsync(new IssuerTrust { Types = ["GridOperatorCredential"] }));
        Assert.Equal(["licence"], await PutAsync(new IssuerTrust { Types = ["GridOperatorCredential"], Claims = ["licence", "licence"] }));
        Assert.Equal(["grade"], await PutAsync(new IssuerTrust { Types = ["AuditCredential"], Claims = ["grade"] }));
        Assert.Equal(["grade"], (await ReadAsync(authority)).Issuers[1].Claims);

        // Of a type that nobody has described, nobody knows what may stand in it.
        foreach (var bad in new[] { new IssuerTrust { Types = ["AuditCredential"] }, Licences with { Claims = ["id"] }, Licences with { Claims = [""] }, Licences with { Claims = [.. Enumerable.Range(0, 501).Select(i => $"c{i}")] } })
        {
            var refusal = await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Put, AuthorityRoutes.ForTrustedIssuer(Regulator), AuthorityUnderTest.Operator, bad);
            Assert.Equal("claims", refusal.GetProperty("term").GetString());
        }
    }

    [Fact]
    public async Task List_that_no_connector_would_take_is_refused_when_it_is_said()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var first = await ReadAsync(authority);
        var many = new IssuerTrust { Types = ["AuditCredential"], Claims = [.. Enumerable.Range(0, 500).Select(i => $"{i}-{new string('c', 100)}")] };
        var taken = 0;
        for (; taken < 3; taken++)
        {
            await authority.OkAsync<NumberedTrust>(HttpMethod.Put, AuthorityRoutes.ForTrustedIssuer($"did:web:r{taken}.example"), AuthorityUnderTest.Operator, many);
        }

        var refusal = await authority.RefusedAsync(HttpStatusCode.TooManyRequests, HttpMethod.Put, AuthorityRoutes.ForTrustedIssuer("did:web:one.more.example"), AuthorityUnderTest.Operator, many);
        Assert.Equal("claims", refusal.GetProperty("term").GetString());

        // Nothing of it has happened, and one that is shorter is taken.
        Assert.Equal((first.Version + 3, 4), await ReadAsync(authority) is var list ? (list.Version, list.Issuers.Count) : default);
        await authority.OkAsync<NumberedTrust>(HttpMethod.Put, AuthorityRoutes.ForTrustedIssuer(Regulator), AuthorityUnderTest.Operator, Licences);
        Assert.Equal(first.Version + 4, (await ReadAsync(authority)).Version);
    }

    [Fact]
    public async Task List_is_signed_anew_before_it_ends_and_stays_the_same_list()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var first = await ReadAsync(authority);
        authority.Clock.Advance(TimeSpan.FromHours(30));
        var later = await ReadAsync(authority);
        Assert.Equal((first.Version, true), (later.Version, later.ExpiresAt > first.ExpiresAt));
    }

    [Fact]
    public async Task Other_types_of_the_space_are_another_list()
    {
        using var folder = new TempFolder();
        var clock = new ManualClock();
        var first = 0L;
        await using (var before = await AuthorityUnderTest.StartAsync(folder, clock))
        {
            first = (await ReadAsync(before)).Version;
        }

        await using (var same = await AuthorityUnderTest.StartAsync(folder, clock))
        {
            Assert.Equal(first, (await ReadAsync(same)).Version);
        }

        Directory.CreateDirectory(folder["types"]);
        await File.WriteAllTextAsync(
            Path.Combine(folder["types"], "one.json"), """{"type":"MembershipCredential","title":"t","source":"membership","claims":{}}""", TestContext.Current.CancellationToken);
        await using var other = await AuthorityUnderTest.StartAsync(folder, clock, settings => settings with { Credentials = new CredentialOptions { Folder = folder["types"] } });
        var list = await ReadAsync(other);
        Assert.Equal((first + 1, 1), (list.Version, Assert.Single(list.Issuers).Types.Count));
    }

    [Fact]
    public async Task A_restored_authority_is_heard_again_once_its_operator_says_something()
    {
        using var folder = new TempFolder();
        using var backup = new TempFolder();
        var clock = new ManualClock();
        TrustList seen;
        await using (var authority = await AuthorityUnderTest.StartAsync(folder, clock))
        {
            await authority.OkAsync<NumberedTrust>(HttpMethod.Put, AuthorityRoutes.ForTrustedIssuer(Regulator), AuthorityUnderTest.Operator, Licences);
        }

        foreach (var file in Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories))
        {
            var copy = backup[Path.GetRelativePath(folder.Path, file)];
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        await using (var authority = await AuthorityUnderTest.StartAsync(folder, clock))
        {
            for (var i = 0; i < 3; i++)
            {
                await authority.OkAsync<NumberedTrust>(HttpMethod.Put, AuthorityRoutes.ForTrustedIssuer($"did:web:r{i}.example"), AuthorityUnderTest.Operator, Licences);
            }

            seen = await ReadAsync(authority);
        }

        clock.Advance(TimeSpan.FromMinutes(1));
        await using var restored = await AuthorityUnderTest.StartAsync(backup, clock);
        var old = await ReadAsync(restored);
        Assert.Throws<RefusalException>(() => old.RequireAfter(seen));
        await restored.OkAsync<NumberedTrust>(HttpMethod.Put, AuthorityRoutes.ForTrustedIssuer(Regulator), AuthorityUnderTest.Operator, Licences);
        (await ReadAsync(restored)).RequireAfter(seen);
    }

    [Fact]
    public async Task What_must_not_be_believed_is_refused_and_only_the_operator_says_it()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var first = await ReadAsync(authority);
        async Task RefusedAsync(string issuer, params string[] types) => await authority.RefusedAsync(
            HttpStatusCode.BadRequest, HttpMethod.Put, AuthorityRoutes.ForTrustedIssuer(issuer), AuthorityUnderTest.Operator, new IssuerTrust { Types = types });
        await RefusedAsync(Regulator);
        await RefusedAsync(Regulator, "MembershipCredential");
        await RefusedAsync(Regulator, VerifiableCredential.BaseType);
        await RefusedAsync(Regulator, new string('T', 65));
        await RefusedAsync(AuthorityUnderTest.Id, "GridOperatorCredential");
        await RefusedAsync("https://regulator.example", "GridOperatorCredential");
        var token = await authority.TokenAsync(await authority.JoinAsync("alice"));
        await authority.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Put, AuthorityRoutes.ForTrustedIssuer(Regulator), token, Licences);
        Assert.Equal(first.Version, (await ReadAsync(authority)).Version);
    }

    private static async Task<TrustList> ReadAsync(AuthorityUnderTest authority) => TrustList.Verify(
        Encoding.ASCII.GetString(await authority.GetAsync(AuthorityRoutes.TrustList)),
        Did.Parse(AuthorityUnderTest.Id),
        AuthorityUnderTest.Space,
        [authority.SigningKey.Public],
        authority.Clock.GetUtcNow());
}
