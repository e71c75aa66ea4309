using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using TrustedDataSpace.Cli.Clients;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Cli.Demo;

/// <summary>What must not pass, each with its reason. The clock only goes forward.</summary>
internal sealed class RefusalSteps(DemoSpace space)
{
    private const string Curves = "load_curve_96";
    private const string Demand = "system_demand_48";
    private const string Query = "?date=2026-05-02";
    private const int Quota = 10;

    public Task<string> NoCredentialAsync(CancellationToken cancellation) => Expect.RefusalAsync(
        HttpStatusCode.Unauthorized,
        "credential",
        () => space.Application.FetchAsync(space.Agreements[Curves], Query, "inference", secret: "", cancellation));

    public Task<string> TrainingAsync(CancellationToken cancellation) =>
        Expect.RefusalAsync(HttpStatusCode.Forbidden, "purpose", () => space.FetchAsync(Demand, "", "training", cancellation));

    /// <summary>Four tokens, each well formed or valid somewhere, none good here; and the right one, in the hands of somebody who lacks the key that it is bound to.</summary>
    public async Task<string> StrangersAsync(CancellationToken cancellation)
    {
        var flow = space.Transfers[Curves].Flow;
        using var stranger = SigningKey.Generate();
        var forged = Forge(flow, stranger);
        var forAuthority = await space.Member.AccessTokenAsync(space.Host.Access.Authority.Id, cancellation);
        var forProvider = await space.Member.AccessTokenAsync(space.Provider.Id, cancellation);
        var stolen = await space.Member.DataTokenAsync(space.Provider, flow, cancellation);
        var forOtherFlow = await space.Member.DataTokenAsync(space.Provider, space.Transfers[Demand].Flow, cancellation);
        await RefuseAsync("key", () => space.CallDataPlaneAsync(flow, forged, cancellation));
        await RefuseAsync("another audience", () => space.CallProtocolAsync(forAuthority, cancellation));
        await RefuseAsync("typ", () => space.CallDataPlaneAsync(flow, forProvider, cancellation));
        await RefuseAsync("another flow", () => space.CallDataPlaneAsync(flow, forOtherFlow, cancellation));
        await RefuseAsync("is not signed", () => space.CallDataPlaneAsync(flow, stolen, cancellation));
        return "401 for each: a data token signed by a stranger; a token of the space for another audience; one for the protocol, used for data; a data token of another flow; the right one without the key of the flow";
    }

    public async Task<string> TooLateAsync(CancellationToken cancellation)
    {
        space.Clock.Set(space.At(days: 0, hour: 9, minute: 30));
        return "at 09:30, " + await Expect.RefusalAsync(
            HttpStatusCode.Forbidden, "timeWindow", () => space.FetchAsync(Curves, Query, "inference", cancellation));
    }

    /// <summary>A provider who ends the transfer while a feed flows. The contract goes on: a new transfer is started.</summary>
    public async Task<string> MidStreamAsync(CancellationToken cancellation)
    {
        var flow = space.Transfers[Demand].Flow;
        var (rows, after) = await FollowedFeed.CutAsync(space, (space.Agreements[Demand], space.Secret), () => space.ProviderManagement.TerminateTransferAsync(flow, "the feed is withdrawn", cancellation), cancellation);
        await space.StartTransferAsync(Demand, cancellation);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{rows} rows had come; cut {after.TotalMilliseconds:0} ms after the order to terminate, with an error and no regular end; a new transfer under the same contract is STARTED");
    }

    /// <summary>An operator who suspends the consumer while a feed flows, and takes it back.</summary>
    public async Task<string> SuspendedAsync(CancellationToken cancellation)
    {
        var (rows, after) = await FollowedFeed.CutAsync(space, (space.Agreements[Demand], space.Secret), () => space.Operator.SuspendAsync(space.Consumer.Id, cancellation, "an audit"), cancellation);
        var refusal = await Expect.RefusalAsync(HttpStatusCode.Forbidden, "member", () => space.FetchAsync(Demand, "", "inference", cancellation));
        await space.Operator.AdmitAsync(space.Consumer.Id, cancellation, "nothing was found");
        Expect.That(await Eventually.AskAsync(() => MayReadAsync(cancellation), read => read, cancellation), "data for a member that was taken back", "a refusal");
        return string.Create(CultureInfo.InvariantCulture, $"{rows} rows had come; cut {after.TotalMilliseconds:0} ms after the suspension; then {refusal}; admitted again, it reads again");
    }

    public async Task<string> QuotaAsync(CancellationToken cancellation)
    {
        // The first read, the two feeds that were cut, and the read after the suspension.
        for (var use = 5; use <= Quota; use++)
        {
            await space.FetchAsync(Demand, "", "inference", cancellation);
        }

        var refusal = await Expect.RefusalAsync(HttpStatusCode.Forbidden, "count", () => space.FetchAsync(Demand, "", "inference", cancellation));
        return $"{Quota} uses pass (the refused one did not count); the {Quota + 1}th: {refusal}";
    }

    /// <summary>The provider gave a token a moment ago, and gives none any more: only the termination stands against it.</summary>
    public async Task<string> TerminatedAsync(CancellationToken cancellation)
    {
        const string Reason = "the month's balancing is over";
        var flow = space.Transfers[Curves].Flow;
        await space.Member.DataTokenAsync(space.Provider, flow, cancellation);
        await space.ProviderManagement.TerminateTransferAsync(flow, Reason, cancellation);
        var provider = await Expect.RefusalAsync(HttpStatusCode.Forbidden, Reason, () => space.Member.DataTokenAsync(space.Provider, flow, cancellation));
        var ended = await space.ConsumerManagement.EndOfTransferAsync(space.Transfers[Curves].Id, cancellation);
        Expect.Equal(TransferStates.Terminated, ended.State, "the transfer at the consumer");
        await Expect.RefusalAsync(HttpStatusCode.Forbidden, "transfer", () => space.FetchAsync(Curves, Query, "inference", cancellation));
        return $"the provider answers {provider}; the consumer's connector knows it TERMINATED and refuses its application, too";
    }

    // The provider's connector hears of the admission a moment after the operator's answer.
    private async Task<bool> MayReadAsync(CancellationToken cancellation)
    {
        try
        {
            await space.FetchAsync(Demand, "", "inference", cancellation);
            return true;
        }
        catch (ServiceRefusalException refusal) when (refusal.Status == HttpStatusCode.Forbidden)
        {
            return false;
        }
    }

    private static Task<string> RefuseAsync(string mentions, Func<Task> request) => Expect.RefusalAsync(HttpStatusCode.Unauthorized, mentions, request);

    /// <summary>A data token with the right claims for the flow; only the key is not the provider's.</summary>
    private string Forge(string flow, SigningKey key)
    {
        var now = space.Clock.GetUtcNow();
        return Jwt.Sign(
            new JsonObject
            {
                ["iss"] = space.Provider.Id,
                ["aud"] = space.Provider.Id,
                ["sub"] = space.Consumer.Id,
                ["jti"] = Guid.NewGuid().ToString(),
                ["iat"] = now.ToUnixTimeSeconds(),
                ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
                ["flow"] = flow,
                ["agreement"] = space.Agreements[Curves],
            },
            key,
            TokenTypes.DataAccess);
    }
}
