using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Applications;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Tokens;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Metering;
using Yarp.ReverseProxy.Forwarder;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The consumer's side: a local application calls <c>/consume/AGREEMENT/…</c> with its own credential; this connector checks what
/// the application may do, adds the access token, and counts what comes back under the provider's number.
/// </summary>
internal sealed class ConsumeGate(
    ApplicationService applications,
    AgreementService agreements,
    ConsumerFlows flows,
    TokenRenewal renewal,
    SentUses sent,
    IHttpForwarder forwarder,
    ProviderConnections providers)
{
    public const string Prefix = "/consume/";

    // Longer than a provider may wait for its source, so that the provider's own reason arrives.
    // HTTP/1.1: in HTTP/2 an answer that the provider cuts is reset, and what had arrived of it is thrown away.
    private static readonly ForwarderRequestConfig Patience = new() { ActivityTimeout = TimeSpan.FromMinutes(2), Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

    public async Task HandleAsync(HttpContext context)
    {
        DataHeaders.RequireKnownEnd(context.Request);
        DrainableBody.Use(context.Request);
        var target = CanonicalTarget.Parse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, Prefix);
        var application = BearerToken.Read(context.Request) is { } secret ? applications.Authenticate(secret) : null;
        if (application is null)
        {
            throw new RefusalException(RefusalCode.Unauthenticated, "This needs the credential of a local application.") { Where = "Authorization", Remedy = "make one with: tds app add" };
        }

        var purpose = Purpose(context, application);
        if (!application.Agreements.Contains(target.Key))
        {
            throw new RefusalException(RefusalCode.Forbidden, $"The application '{application.Name}' may not use this agreement.") { Term = "agreement", Remedy = "grant it with: tds app add" };
        }

        var flow = flows.FindOpen(target.Key) ?? throw new RefusalException(RefusalCode.Forbidden, "No transfer is open under this agreement.")
        {
            Term = "transfer",
            Remedy = "start one: POST /api/v1/transfers; a terminated or suspended one does not serve",
        };
        var agreement = agreements.Find(flow.AgreementId);
        var tokens = await TokenMeter.BeginAsync(context, target, agreement?.Meter);
        if (flow.Signer is not null)
        {
            await SentBody.DigestAsync(context);
        }

        PassedHeaders.RequireSendable(context.Request);
        var claim = DataHeaders.ClaimOf(context.Request, target, purpose);
        if (claim.IdempotencyKey is { } key && sent.IsKeyBusy(flow.AgreementId, key))
        {
            throw new RefusalException(RefusalCode.Conflict, "A use under this key is still under way, or the two connectors have not yet agreed on it.") { Where = RetryRule.Header, Remedy = "try again in a moment" };
        }

        var token = await renewal.CurrentAsync(flow, context.RequestAborted);
        await ForwardAsync(context, target, flow, token, claim, (agreement, tokens, application.Name));
    }

    private async Task ForwardAsync(
        HttpContext context, CanonicalTarget target, ConsumerFlow flow, string token, UsageClaim claim, (AgreementTerms? Agreement, TokenMeter? Tokens, string Application) by)
    {
        var (agreement, tokens, application) = by;
        var counter = new RowCounter(agreement?.Meter);
        using var digest = claim.IdempotencyKey is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var use = await sent.BeginAsync(flow, claim);
        var transform = new PeerTransform(flow, target, token, use.Claim, use.Number, agreement is { NamesApplications: true } ? application : null);
        var connection = context.Response.Body;
        var metered = new MeteredBody(connection, counter, digest) { Tokens = tokens };
        context.Response.Body = metered;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, flow.Stop.Token);
        var error = await forwarder.SendAsync(context, "http://provider", providers.Client, Patience, transform, stop.Token);
        error = transform.IsWhole ? ForwarderError.None : error;
        context.Response.Body = connection;
        if (transform.Ticket is { } ticket)
        {
            await use.CountAsync(ticket, error == ForwarderError.None
                ? metered.Counted(transform.Outcome)
                : metered.CountedUntilCut(transform.Outcome, flow.Stop.IsByUs || IsOurs(error, flow, metered) ? CutCause.Here : CutCause.Elsewhere));
        }
        else if (transform.IsRefused)
        {
            await use.ForgetAsync();
        }
        else
        {
            // Whoever breaks off himself, or takes nothing of an answer, cannot say that nothing came.
            await use.AskAsync(nothingCame: transform.Refusal is null && !stop.IsCancellationRequested);
        }

        if (transform.Refusal is { } refusal)
        {
            throw refusal;
        }

        if (error != ForwarderError.None)
        {
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            if (flow.Stop.Token.IsCancellationRequested)
            {
                throw new RefusalException(RefusalCode.Forbidden, "The transfer has just been stopped.") { Term = "transfer", Remedy = "see why: GET /api/v1/transfers" };
            }

            throw PeerTransform.Unanswered();
        }
    }

    // Whether it broke off here or behind, at the application. Behind an error the forwarder has broken off the caller's connection itself: that tells nothing.
    private static bool IsOurs(ForwarderError error, ConsumerFlow flow, MeteredBody body) => error switch
    {
        ForwarderError.ResponseBodyClient => true,
        ForwarderError.ResponseBodyCanceled => !flow.Stop.IsByPeer && (body.IsWriting || !body.HasRestedFor(Patience.ActivityTimeout!.Value)),
        _ => false,
    };

    private static string Purpose(HttpContext context, LocalApplication application)
    {
        var given = context.Request.Headers[DataHeaders.Purpose].ToString();
        var purpose = given.Length > 0 ? given : application.Purposes.Count == 1 ? application.Purposes.First() : throw new RefusalException(RefusalCode.Malformed, "The purpose of this use is not declared.")
        {
            Where = DataHeaders.Purpose,
            Remedy = $"send {DataHeaders.Purpose} with one of: {string.Join(", ", application.Purposes)}",
        };
        return application.Purposes.Contains(purpose) ? purpose : throw new RefusalException(RefusalCode.Forbidden, $"The application '{application.Name}' may not use data for '{purpose}'.")
        {
            Term = "purpose",
            Remedy = "it may for: " + string.Join(", ", application.Purposes),
        };
    }
}
