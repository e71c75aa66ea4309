using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Tests.Dsp;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.DataPlane;

public sealed class TokenRenewalTests : IAsyncLifetime
{
    private const string Flow = "flow-1";
    private const string Agreement = "agreement-1";

    private readonly SigningKey providersKey = SigningKey.Generate();
    private TestSpace space = null!;
    private TestConnector connector = null!;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public async ValueTask InitializeAsync()
    {
        space = await TestSpace.StartAsync();
        connector = await TestConnector.StartAsync(space);
    }

    public async ValueTask DisposeAsync()
    {
        await connector.DisposeAsync();
        await space.DisposeAsync();
        providersKey.Dispose();
    }

    [Fact]
    public async Task When_the_answer_to_a_renewal_is_lost_the_same_question_is_asked_again()
    {
        var issued = new List<string>();
        space.Renewal = context =>
        {
            issued.Add(Token(TimeSpan.FromMinutes(5), issued.Count));
            if (issued.Count == 1)
            {
                // Renewed, and nobody hears of it.
                context.Abort();
                return Results.Empty;
            }

            return Results.Json(new { access_token = issued[^1] });
        };
        var signer = new FlowSigner(1, new byte[32]);
        var ending = Token(TimeSpan.FromSeconds(20), -1);
        await connector.Service<Database>().WriteAsync(unit => Flows.Open(unit, Flow, Agreement, TestSpace.Peer, space.Url + "/peer/data/" + Flow, ending, signer));
        var renewal = connector.Service<TokenRenewal>();

        var lost = await Assert.ThrowsAsync<RefusalException>(async () => await renewal.CurrentAsync(Flows.FindOpen(Agreement)!, default));
        Assert.Equal(RefusalCode.Unavailable, lost.Code);
        Assert.Equal(ending, Flows.FindOpen(Agreement)!.Token);

        var renewed = await renewal.CurrentAsync(Flows.FindOpen(Agreement)!, default);
        Assert.Equal(issued[1], renewed);
        Assert.Equal((issued[1], 1), (Flows.FindOpen(Agreement)!.Token, Flows.FindOpen(Agreement)!.Signer!.Number));
        Assert.Equal(issued[1], await renewal.CurrentAsync(Flows.FindOpen(Agreement)!, default));
        Assert.Equal(2, issued.Count);

        // Token and key are there again after a restart.
        await connector.RestartAsync();
        Assert.Equal((issued[1], signer.ToText()), (Flows.FindOpen(Agreement)!.Token, Flows.FindOpen(Agreement)!.Signer!.ToText()));
    }

    private ConsumerFlows Flows => connector.Service<ConsumerFlows>();

    private string Token(TimeSpan life, int number) => Jwt.Sign(
        new JsonObject { ["jti"] = $"{number}", ["iat"] = Now.ToUnixTimeSeconds(), ["exp"] = (Now + life).ToUnixTimeSeconds() },
        providersKey,
        TokenTypes.DataAccess);
}
