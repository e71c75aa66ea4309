using System.Net;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Testing;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Filing;

public sealed class FilingEndpointTests
{
    [Fact]
    public async Task An_agreement_is_filed_once_with_the_same_receipt_again()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        var (token, filing) = (await authority.TokenAsync(alice), Filing(authority, alice, bob));

        var receipt = await authority.OkAsync<FilingReceipt>(HttpMethod.Post, AuthorityRoutes.Agreements, token, filing);
        authority.Clock.Advance(TimeSpan.FromSeconds(5));
        var again = await authority.OkAsync<FilingReceipt>(HttpMethod.Post, AuthorityRoutes.Agreements, token, filing);

        Assert.Equal(filing.Hash, receipt.Hash);
        Assert.NotEmpty(receipt.EvidenceId);
        Assert.Equal(receipt, again);
    }

    [Fact]
    public async Task Both_parties_and_the_operator_see_it_and_nobody_else()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob, carol) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"), await authority.JoinAsync("carol"));
        var filing = Filing(authority, alice, bob);
        await authority.OkAsync<FilingReceipt>(HttpMethod.Post, AuthorityRoutes.Agreements, await authority.TokenAsync(alice), filing);
        var route = AuthorityRoutes.ForAgreement(filing.AgreementId);

        foreach (var bearer in new[] { await authority.TokenAsync(alice), await authority.TokenAsync(bob), AuthorityUnderTest.Operator })
        {
            var seen = await authority.OkAsync<AgreementFiling>(HttpMethod.Get, route, bearer);
            Assert.Equal(filing.Hash, seen.Agreement.Hash);
        }

        var hidden = await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, route, await authority.TokenAsync(carol));
        var missing = await authority.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, route.Replace("urn", "uri"), await authority.TokenAsync(carol));
        Assert.Equal(missing.GetProperty("title").GetString(), hidden.GetProperty("title").GetString());
    }

    [Fact]
    public async Task An_altered_agreement_is_refused()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        var filing = Filing(authority, alice, bob);
        var altered = filing with { Agreement = Agreement(alice, bob, filing.AgreementId, "other-product") };

        var refusal = await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.Agreements, await authority.TokenAsync(alice), altered);

        Assert.Equal("hash", refusal.GetProperty("term").GetString());
    }

    [Fact]
    public async Task Another_agreement_under_a_filed_identifier_is_a_conflict()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        var (token, filing) = (await authority.TokenAsync(alice), Filing(authority, alice, bob));
        await authority.OkAsync<FilingReceipt>(HttpMethod.Post, AuthorityRoutes.Agreements, token, filing);
        var other = Agreement(alice, bob, filing.AgreementId, "other-product");

        await authority.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, AuthorityRoutes.Agreements, token, filing with { Agreement = other, Hash = other.Hash });
    }

    [Fact]
    public async Task Only_the_assigner_files_and_the_parties_must_be_those_of_the_agreement()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob, carol) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"), await authority.JoinAsync("carol"));
        var (token, filing) = (await authority.TokenAsync(alice), Filing(authority, alice, bob));
        var stranger = Filing(authority, alice, new TestMember("stranger"));

        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, AuthorityRoutes.Agreements, await authority.TokenAsync(bob), filing);
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, AuthorityRoutes.Agreements, token, filing with { Provider = Did.Parse(carol.Id) });
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.Agreements, token, filing with { Consumer = Did.Parse(carol.Id) });
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.Agreements, token, filing with { AgreementId = "urn:other" });
        await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.Agreements, token, stranger);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    [InlineData(100_000)]
    public async Task A_product_that_would_not_fit_the_evidence_log_is_refused_and_the_authority_goes_on(int length)
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var (alice, bob) = (await authority.JoinAsync("alice"), await authority.JoinAsync("bob"));
        var filing = Filing(authority, alice, bob) with { ProductId = new string('x', length) };

        var refusal = await authority.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, AuthorityRoutes.Agreements, await authority.TokenAsync(alice), filing);

        Assert.Equal("productId", refusal.GetProperty("term").GetString());
        Assert.True(await authority.Database.WaitUntilAsync(() => authority.Trail.Unlogged(1).Count == 0, Deadline.Limit, CancellationToken.None));
    }

    private static AgreementFiling Filing(AuthorityUnderTest authority, TestMember provider, TestMember consumer)
    {
        var agreement = Agreement(provider, consumer, "urn:uuid:" + Guid.NewGuid(), "product");
        return new AgreementFiling
        {
            AgreementId = agreement.Id,
            Provider = Did.Parse(provider.Id),
            Consumer = Did.Parse(consumer.Id),
            ProductId = "product",
            Hash = agreement.Hash,
            Agreement = agreement,
            SignedAt = authority.Clock.GetUtcNow(),
        };
    }

    private static PolicyDocument Agreement(TestMember provider, TestMember consumer, string id, string target) => PolicyDocument.Parse(
        $$"""
        {"@id":"{{id}}","@type":"Agreement","assigner":"{{provider.Id}}","assignee":"{{consumer.Id}}","target":"{{target}}",
         "timestamp":"2026-05-12T00:00:00Z","permission":[{"action":"use"}]}
        """);
}
