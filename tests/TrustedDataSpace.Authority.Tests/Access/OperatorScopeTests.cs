using System.Net;
using Microsoft.AspNetCore.Authorization;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;
using Xunit;

namespace TrustedDataSpace.Authority.Tests.Access;

public sealed class OperatorScopeTests
{
    [Fact]
    public async Task Every_endpoint_that_the_operator_may_call_has_an_area()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        foreach (var endpoint in authority.Endpoints)
        {
            var forOperator = endpoint.Metadata.GetMetadata<IAuthorizeData>()?.Policy is { } policy && policy is not (ServiceHost.SpacePolicy or SelfIssuedScheme.Name);
            Assert.True(forOperator == (endpoint.Metadata.GetMetadata<ManagementArea>() is not null), endpoint.DisplayName);
        }
    }

    [Fact]
    public async Task A_token_of_an_auditor_reads_the_evidence_and_admits_nobody()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = new TestMember("alice");
        await authority.ApplyAsync(alice);
        var auditor = await TokenAsync(authority, "auditor", "evidence:read", "participants:read");

        await authority.OkAsync<Page<Protocol.Evidence.EvidenceEntry>>(HttpMethod.Get, AuthorityRoutes.EvidenceEntriesPage(0, 10), auditor);
        await authority.OkAsync<Page<Participant>>(HttpMethod.Get, AuthorityRoutes.Participants, auditor);
        Assert.Equal(ParticipantStates.Applied, (await authority.OkAsync<Participant>(HttpMethod.Get, AuthorityRoutes.ForParticipant(alice.Id), auditor)).State);
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, AuthorityRoutes.ForAdmission(alice.Id), auditor);
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, KeyRoutes.Rotation, auditor);
        await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, TokenRoutes.Tokens, auditor, new TokenDefinition { Name = "a", Scopes = ["evidence:read"] });
    }

    [Fact]
    public async Task Where_members_and_the_operator_are_admitted_the_operators_scopes_count_and_members_need_none()
    {
        await using var authority = await AuthorityUnderTest.StartAsync();
        var alice = await authority.JoinAsync("alice");
        var limited = await TokenAsync(authority, "limited", "invites:read");

        var problem = await authority.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, AuthorityRoutes.ForParticipant(alice.Id), limited);
        Assert.Contains("participants:read", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await authority.OkAsync<Participant>(HttpMethod.Get, AuthorityRoutes.ForParticipant(alice.Id), await authority.TokenAsync(alice));
    }

    private static async Task<string> TokenAsync(AuthorityUnderTest authority, string name, params string[] scopes) =>
        (await authority.OkAsync<TokenSecret>(HttpMethod.Post, TokenRoutes.Tokens, AuthorityUnderTest.Operator, new TokenDefinition { Name = name, Scopes = scopes })).Secret;
}
