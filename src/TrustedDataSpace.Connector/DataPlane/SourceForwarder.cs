using System.Security.Cryptography;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using Yarp.ReverseProxy.Forwarder;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Forwards an allowed request to the product's source with YARP and meters what comes back.</summary>
internal sealed class SourceForwarder(IHttpForwarder forwarder, AssetService assets, LocalServers servers, ConnectorSettings settings)
{
    private readonly ForwarderRequestConfig patience = new() { ActivityTimeout = settings.Data.SourceTimeout };

    /// <summary>Forwards; returns what was delivered.</summary>
    /// <exception cref="RefusalException">Unavailable: the source cannot serve this.</exception>
    public async Task<Delivered> ForwardAsync(HttpContext context, CanonicalTarget target, ProviderFlow flow, AgreementTerms agreement, UsageTicket ticket)
    {
        var transform = new SourceTransform(assets.SourceOf(agreement.AssetId!), target, ticket, agreement);
        var counter = new RowCounter(agreement.Meter);
        using var digest = ticket.Claim.IdempotencyKey is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var connection = context.Response.Body;
        context.Response.Body = new MeteredBody(connection, counter, digest);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, flow.Stopped);
        var error = await forwarder.SendAsync(context, "http://source", servers.Client, patience, transform, stop.Token);
        var whole = error == ForwarderError.None && await IsCompletedAsync(transform.Delivered, stop.Token);

        // A refusal is written past the meter and the filter.
        context.Response.Body = connection;

        var refusal = error == ForwarderError.RequestTimedOut
            ? SourceExchange.Unusable($"it kept silent for {patience.ActivityTimeout}")
            : transform.Refusal ?? transform.Delivered?.Refusal;
        if (refusal is null && whole)
        {
            var rows = transform.Outcome == UsageOutcomes.Ok ? counter.Rows : 0;
            return new Delivered(transform.Outcome, rows, counter.Bytes, digest is null ? null : Convert.ToHexStringLower(digest.GetHashAndReset()));
        }

        // Once the head is out, what left the building counts, whoever broke off.
        return context.Response.HasStarted ? new Delivered(UsageOutcomes.Cut, counter.Rows, counter.Bytes) : throw refusal ?? SourceExchange.Unusable("it did not answer");
    }

    // Whatever goes wrong with the last record, what was delivered before it stays delivered.
    private static async Task<bool> IsCompletedAsync(DeliveredBody? body, CancellationToken cancellation)
    {
        try
        {
            await (body?.CompleteAsync(cancellation) ?? ValueTask.CompletedTask);
            return true;
        }
        catch (Exception failure) when (failure is RefusalException or OperationCanceledException or IOException)
        {
            return false;
        }
    }
}
