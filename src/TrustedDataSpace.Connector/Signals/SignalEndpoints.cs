using Microsoft.AspNetCore.Http.HttpResults;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Signals;

internal static class SignalEndpoints
{
    public static void AddSignals(this IServiceCollection services) => services.AddSingleton<SignalService>();

    public static void MapSignals(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("signals");
        group.MapGet(ManagementRoutes.Signals, List);
        group.MapGet(ManagementRoutes.SignalByName, Get);
        group.MapPut(ManagementRoutes.SignalByName, SetAsync);
        group.MapDelete(ManagementRoutes.SignalByName, ClearAsync);
    }

    private static Ok<Page<SignalView>> List([AsParameters] PageRequest page, SignalService signals) => TypedResults.Ok(signals.List(page));

    private static Ok<SignalView> Get(string id, SignalService signals) => TypedResults.Ok(signals.Get(id));

    private static async Task<Ok<SignalView>> SetAsync(string id, SignalState state, SignalService signals) => TypedResults.Ok(await signals.SetAsync(id, state.Value));

    private static async Task<NoContent> ClearAsync(string id, SignalService signals)
    {
        await signals.ClearAsync(id);
        return TypedResults.NoContent();
    }
}
