using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The consumer's side of a push: the provider's connector posts to <c>/push/TRANSFER</c> with the token that this connector gave it for
/// that transfer; this connector counts what comes under the provider's number, and sends it on to the sink.
/// </summary>
internal sealed class PushGate(Pushes pushes, ConsumerFlows flows, ReceivedUses received, PushForwarder forwarder, ConnectorSettings settings)
{
    public const string Prefix = "/push/";

    public async Task HandleAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            throw new RefusalException(RefusalCode.MethodNotAllowed, $"{context.Request.Method} is not for this address: data is pushed by POST.") { Where = "method", Remedy = "use POST" };
        }

        var push = Authenticate(context);
        var flow = push.Flow is null ? null : flows.FindPushed(push.Flow);
        if (flow is null)
        {
            // Not started, or suspended: the provider's connector hears of that by a message, and asks again if that is late.
            throw new RefusalException(RefusalCode.Forbidden, "This transfer takes nothing at present.") { Term = "transfer", Remedy = "start it (again) first" };
        }

        var claim = ClaimOf(context.Request, push);
        if (!DataHeaders.TryParseUsage(context.Request.Headers[DataHeaders.Usage], out var interval, out var sequence))
        {
            throw new RefusalException(RefusalCode.Malformed, "What is pushed carries no valid number of its use, so it could not be counted on both sides.") { Where = DataHeaders.Usage, Remedy = "send INTERVAL/SEQUENCE, two numbers from 1" };
        }

        Unlimit(context);
        var ticket = await received.BeginAsync(flow, interval, sequence, claim);
        await forwarder.ForwardAsync(context, push, flow, ticket);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    // A stranger does not learn which transfers there are.
    private Push Authenticate(HttpContext context)
    {
        var pid = context.Request.RouteValues["rest"] as string ?? "";
        var shown = SHA256.HashData(Encoding.UTF8.GetBytes(BearerToken.Read(context.Request) ?? ""));
        return pushes.Find(FlowRow.Consumer, pid) is { } push && CryptographicOperations.FixedTimeEquals(shown, SHA256.HashData(Encoding.UTF8.GetBytes(push.Address.Token)))
            ? push
            : throw new RefusalException(RefusalCode.Unauthenticated, "This needs the token that the consumer's data address gave to the provider for this transfer.")
            {
                Where = "Authorization",
                Remedy = "use the data address of the last message that had one",
            };
    }

    private static UsageClaim ClaimOf(HttpRequest request, Push push)
    {
        var purposes = request.Headers[DataHeaders.Purpose];
        if (purposes.Count > 1 || purposes.ToString() != push.Purpose)
        {
            throw new RefusalException(RefusalCode.Forbidden, $"This transfer is for the purpose '{push.Purpose}'.") { Term = "purpose", Where = DataHeaders.Purpose, Remedy = "send the purpose of the consumer's data address" };
        }

        return DataHeaders.ClaimOf(request, CanonicalTarget.Parse(Prefix + push.Transfer, Prefix), push.Purpose);
    }

    // A delivery may be long, and slow: the forwarder has limits of its own.
    private void Unlimit(HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = settings.Data.LargestPush;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }
}
