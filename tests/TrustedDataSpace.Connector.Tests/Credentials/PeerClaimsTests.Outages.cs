using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Protocol.Credentials;
using Xunit;

namespace TrustedDataSpace.Connector.Tests.Credentials;

/// <summary>While something cannot be had, what it bears says nothing; nothing is lost by that, and nobody else's word.</summary>
public sealed partial class PeerClaimsTests
{
    [Fact]
    public async Task Credential_that_is_shown_again_while_the_trust_list_cannot_be_had_counts_when_the_list_is_there()
    {
        var licence = Licence(by: Kit.ThirdParty);
        await ShowAsync(licence);
        Assert.True(connector.Connector.Get<SpaceTrust>().Tell(2));
        connector.Clock.Advance(SpaceTrust.Grace);
        Assert.Null(await OfAsync());
        await ShowAsync(licence);
        Assert.Null(await OfAsync());

        await TrustAsync(2);
        Assert.NotNull(await OfAsync());
        Restart();
        Assert.NotNull(await OfAsync());
    }

    [Fact]
    public async Task Credential_that_is_shown_again_while_the_keys_of_its_issuer_cannot_be_had_counts_when_they_are_there()
    {
        var licence = Licence(by: Kit.ThirdParty);
        await ShowAsync(licence);
        Assert.NotNull(await OfAsync());
        Kit.ThirdParty.IsAway = true;
        connector.Clock.Advance(TimeSpan.FromMinutes(21));
        Restart();
        Assert.Null(await OfAsync());
        await ShowAsync(licence);
        Assert.Null(await OfAsync());

        Kit.ThirdParty.IsAway = false;
        connector.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(await OfAsync());

        // What is not shown again is gone, outage or not.
        Kit.ThirdParty.IsAway = true;
        connector.Clock.Advance(TimeSpan.FromMinutes(21));
        await ShowAsync(Licence("L-2"));
        Kit.ThirdParty.IsAway = false;
        connector.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["L-2"], (await OfAsync())!.Others!["licence"]);
    }

    [Fact]
    public async Task Credential_whose_schema_cannot_be_had_stays_what_it_was_and_one_that_does_not_keep_to_it_is_gone()
    {
        Kit.Documents["schema"] = """{"type":"object","required":["licence"]}"""u8.ToArray();
        var licence = Licence(schema: "schema");
        await ShowAsync(licence);
        Assert.NotNull(await OfAsync());
        Assert.True(Kit.Documents.TryRemove("schema", out _));
        connector.Clock.Advance(TimeSpan.FromMinutes(11));
        await ShowAsync(licence, Licence("L-2", schema: "schema"));

        // Never one that has not kept to it before.
        Assert.Equal(["L-1"], (await OfAsync())!.Others!["licence"]);
        Kit.Documents["schema"] = """{"type":"object","required":["voltage"]}"""u8.ToArray();
        await ShowAsync(licence);
        Assert.Null(await OfAsync());
    }

    [Fact]
    public async Task Host_that_keeps_silent_takes_nothing_from_what_others_say()
    {
        using var silent = new CancellationTokenSource();
        var licence = Licence();
        await ShowAsync(licence, Licence("L-9", by: Kit.ThirdParty));
        Assert.Equal(["L-1", "L-9"], (await OfAsync())!.Others!["licence"].Order());
        Kit.BeforeDocument = name => name == "others" ? Task.Delay(Timeout.Infinite, silent.Token) : Task.CompletedTask;
        connector.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await connector.Connector.Get<StatusLists>().FaultAsync(await VerifiedAsync(licence), default));

        var asked = Kit.Fetched["others"];
        var looking = OfAsync();
        await UntilAsync(() =>
        {
            if (Kit.Fetched["others"] > asked)
            {
                connector.Clock.Advance(TimeSpan.FromMilliseconds(100));
            }

            return Task.FromResult(looking.IsCompleted);
        });
        Assert.Equal(["L-1"], (await looking)!.Others!["licence"]);
        await silent.CancelAsync();
    }

    [Fact]
    public async Task Nobody_waits_for_a_list_that_is_fetched_ahead()
    {
        using var silent = new CancellationTokenSource();
        var licence = Licence();
        await ShowAsync(licence);
        var credential = await VerifiedAsync(licence);
        Kit.BeforeDocument = _ => Task.Delay(Timeout.Infinite, silent.Token);
        connector.Clock.Advance(TimeSpan.FromSeconds(45));
        var looking = connector.Connector.Get<StatusLists>().LookAsync(credential, ahead: true, default);
        Assert.True(looking.IsCompletedSuccessfully);
        Assert.Null((await looking).Fault);
        await UntilAsync(() => Task.FromResult(Kit.Fetched["list"] == 2));
        await silent.CancelAsync();
    }

    [Fact]
    public async Task Changes_that_come_faster_than_a_list_keep_nobody_waiting()
    {
        var lists = connector.Connector.Get<StatusLists>();
        var licence = Licence();
        await ShowAsync(licence);
        var credential = await VerifiedAsync(licence);
        var told = 0;
        Kit.BeforeDocument = _ =>
        {
            lists.Tell(++told < 20 ? told : 20);
            return Task.CompletedTask;
        };
        lists.Tell(100);
        var asked = Kit.Fetched["list"];
        Assert.Null((await lists.LookAsync(credential, ahead: true, default)).Fault);
        Assert.Equal(asked + 1, Kit.Fetched["list"]);

        // What has changed meanwhile makes another look due.
        Assert.False(lists.IsKnownToHold(credential));
    }

    private Task<VerifiableCredential> VerifiedAsync(string signed) => CredentialJwt.VerifyAsync(signed, Kit.KeyAsync, connector.Clock.GetUtcNow());
}
