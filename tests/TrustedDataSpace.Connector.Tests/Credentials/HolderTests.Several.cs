using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Dcp;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Credentials;

/// <summary>Many credentials, of one type and of others.</summary>
public sealed partial class HolderTests
{
    [Fact]
    public async Task Several_credentials_of_one_type_are_held_and_a_new_delivery_takes_the_place_of_all()
    {
        var request = await RequestAsync();
        (string Type, string Jwt, CredentialProfile Profile) One() => (DcpConnector.Membership, Issue(DcpConnector.Membership), CredentialProfile.Vc20);
        var twice = One();
        Assert.Equal(200, await DeliverAsync(Delivery(request, twice, One(), twice)));
        Assert.Equal(2, (await HeldAsync()).Count);
        Assert.Equal(200, await DeliverAsync(Delivery(request, [.. Enumerable.Range(0, 30).Select(_ => One())])));
        Assert.Equal(30, (await HeldAsync()).Count);
        Assert.Equal(400, await DeliverAsync(Delivery(request, [.. Enumerable.Range(0, 101).Select(_ => One())])));
        Assert.Equal(30, (await HeldAsync()).Count);
    }

    [Fact]
    public async Task However_many_are_held_a_verifier_can_read_the_answer_and_gets_the_newest_of_each_type()
    {
        for (var i = 0; i < 45; i++)
        {
            await HoldAsync(DcpConnector.Membership);
        }

        await HoldAsync(Other);
        for (var i = 0; i < 10; i++)
        {
            await HoldAsync(DcpConnector.Membership);
        }

        var shown = await QueryAsync(Grant(MembershipScope, OtherScope), MembershipScope, OtherScope);
        Assert.Equal((50, 1), (shown.Count, shown.Count(type => type == Other)));
        var (_, body) = await SendQueryAsync(Grant(MembershipScope, OtherScope), MembershipScope, OtherScope);
        Assert.Equal(3, DcpJson.Read<PresentationResponseMessage>(body).Presentation.Count);
    }

    [Fact]
    public async Task Profiles_are_never_mixed_in_one_presentation()
    {
        var request = await RequestAsync();
        Assert.Equal(200, await DeliverAsync(Delivery(
            request,
            (DcpConnector.Membership, Issue(DcpConnector.Membership), CredentialProfile.Vc20),
            (DcpConnector.Membership, Issue(DcpConnector.Membership, CredentialProfile.Vc11), CredentialProfile.Vc11))));
        var (status, body) = await SendQueryAsync(Grant(MembershipScope), MembershipScope);
        Assert.Equal(200, status);
        Assert.Equal(2, DcpJson.Read<PresentationResponseMessage>(body).Presentation.Count);
        Assert.Equal([DcpConnector.Membership, DcpConnector.Membership], await QueryAsync(Grant(MembershipScope), MembershipScope));
    }

    [Fact]
    public async Task Provider_of_a_transfer_that_is_open_may_ask_without_a_token_and_nobody_else()
    {
        var request = await RequestAsync();
        Assert.Equal(200, await DeliverAsync(Delivery(
            request, (DcpConnector.Membership, Issue(DcpConnector.Membership), CredentialProfile.Vc20), (Other, Issue(Other), CredentialProfile.Vc20))));
        async Task<int> AskAsync() => (await connector.SendAsync(
            DcpRoutes.PresentationQuery, new PresentationQueryMessage { Scope = [MembershipScope, OtherScope] }, Kit.Verifier.Token(connector.Did))).Status;
        async Task TransferAsync(string counterparty, string role, string state) => await connector.Connector.Database.WriteAsync(unit =>
        {
            unit.Execute("DELETE FROM transfers");
            unit.Execute(
                "INSERT INTO transfers (space_id, id, role, state, counterparty, counterparty_path, reasons, agreement_id, format) VALUES (@Space, 't', @role, @state, @counterparty, '/', '[]', 'a', 'HttpData-PULL')",
                new { unit.Space, role, state, counterparty });
        });

        Assert.Equal(401, await AskAsync());
        await TransferAsync(Kit.Verifier.Did.Value, "PROVIDER", "STARTED");
        Assert.Equal(401, await AskAsync());
        await TransferAsync(Kit.ThirdParty.Did.Value, "CONSUMER", "STARTED");
        Assert.Equal(401, await AskAsync());
        await TransferAsync(Kit.Verifier.Did.Value, "CONSUMER", "TERMINATED");
        Assert.Equal(401, await AskAsync());
        await TransferAsync(Kit.Verifier.Did.Value, "CONSUMER", "STARTED");
        var (status, body) = await connector.SendAsync(
            DcpRoutes.PresentationQuery, new PresentationQueryMessage { Scope = [MembershipScope, OtherScope] }, Kit.Verifier.Token(connector.Did));
        Assert.Equal(200, status);

        // What is shown to peers, and no more: the licence is not among it.
        var presented = Assert.Single(DcpJson.Read<PresentationResponseMessage>(body).Presentation);
        var expected = new PresentationExpectation { Holder = connector.Did, Audience = Kit.Verifier.Did };
        var shown = await PresentationJwt.VerifyAsync(presented.GetString()!, expected, Kit.KeyAsync, connector.Clock.GetUtcNow());
        Assert.True(Assert.Single(shown.Credentials).Is(DcpConnector.Membership));
    }
}
