using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Metering;
using TrustedDataSpace.Connector.Metering.Tokens;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;
using Yarp.ReverseProxy.Forwarder;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Forwards an allowed request to the product's source with YARP and meters what comes back.</summary>
internal sealed class SourceForwarder(IHttpForwarder forwarder, Sources sources)
{
    /// <summary>The source, unless it is not to be asked this, whatever the contract says. For the gate, before it reserves a use.</summary>
    /// <exception cref="RefusalException">With the rule (<see cref="SourceRules.Require"/>); NotFound; Unavailable: too many sources are in use.</exception>
    public ValueTask<Source> OpenAsync(HttpContext context, CanonicalTarget target, AgreementTerms agreement)
    {
        var opening = sources.OpenAsync(agreement.AssetId!);
        if (!opening.IsCompletedSuccessfully)
        {
            return OpenLaterAsync(opening, context, target);
        }

        opening.Result.Rules.Require(context.Request, target);
        return opening;
    }

    /// <summary>Forwards to the source that was opened for the request (<see cref="OpenAsync"/>); returns what was delivered.</summary>
    /// <exception cref="RefusalException">Unavailable: the source cannot serve this; else as <see cref="OpenAsync"/>.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Delivered> ForwardAsync(HttpContext context, Source asked, CanonicalTarget target, AgreementTerms agreement, RunningUse use)
    {
        var source = await sources.OpenAsync(agreement.AssetId!);
        if (source != asked)
        {
            // It was changed meanwhile, and its rules with it.
            source.Rules.Require(context.Request, target);
        }

        if (SourceRules.HasBody(context.Request) && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = source.Rules.LargestRequest;
        }

        var counter = new RowCounter(agreement.Meter);
        using var digest = use.Ticket.Claim.IdempotencyKey is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var connection = context.Response.Body;
        var tokens = await TokenMeter.BeginAsync(context, target, agreement.Meter);
        if (tokens is not null)
        {
            await BeginTokensAsync(use, tokens);
        }

        var metered = new MeteredBody(connection, counter, digest, source.Rules.LargestResponse, use) { Tokens = tokens };
        context.Response.Body = metered;
        source.Enter(sources.Now);
        try
        {
            var (error, transform) = await SendAsync(context, source, target, agreement, use, metered);
            var whole = error == ForwarderError.None && await IsCompletedAsync(transform.Delivered, metered, context.RequestAborted);

            if (whole && transform.EndsCleanly && use.IsCut)
            {
                await SayWhyAsync(metered, use);
            }

            // A refusal is written past the meter and the filter.
            context.Response.Body = connection;

            var refusal = metered.IsOver ? SourceExchange.TooLarge(source.Rules.LargestResponse) : Explained(error, context, source) ?? transform.Refusal ?? transform.Delivered?.Refusal;
            if (refusal is null && whole)
            {
                return metered.Counted(transform.Outcome);
            }

            // Once the head is out, what left the building counts, whoever broke off.
            return context.Response.HasStarted
                ? metered.CountedUntilCut(transform.Outcome, use.IsCut ? use.Cause : IsOurs(context, error, transform, metered, source) ? CutCause.Here : CutCause.Elsewhere)
                : throw (use.IsCut ? Ended(use) : refusal) ?? SourceExchange.Unusable("it did not answer");
        }
        finally
        {
            source.Leave();
        }
    }

    private static async ValueTask BeginTokensAsync(RunningUse use, TokenMeter tokens)
    {
        try
        {
            await use.BeginTokensAsync(tokens);
        }
        catch (OperationCanceledException) when (use.IsCut)
        {
            throw Ended(use);
        }
    }

    // Whether it broke off here or at the source. Behind an error the forwarder has broken off the caller's connection itself: that tells nothing.
    private static bool IsOurs(HttpContext context, ForwarderError error, SourceTransform transform, MeteredBody body, Source source) => error switch
    {
        ForwarderError.None => !context.RequestAborted.IsCancellationRequested,
        ForwarderError.ResponseBodyClient => body.IsOver || transform.Delivered is { Refusal: not null },
        ForwarderError.ResponseBodyCanceled => !body.IsWriting && body.HasRestedFor(source.Requests.ActivityTimeout ?? TimeSpan.MaxValue),
        _ => true,
    };

    private static RefusalException Ended(RunningUse use) => use.Denial?.ToRefusal() ?? new RefusalException(RefusalCode.Forbidden, "The transfer has just ended.") { Term = "transfer" };

    private static async ValueTask<Source> OpenLaterAsync(ValueTask<Source> opening, HttpContext context, CanonicalTarget target)
    {
        var source = await opening;
        source.Rules.Require(context.Request, target);
        return source;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(ForwarderError Error, SourceTransform Transform)> SendAsync(
        HttpContext context, Source source, CanonicalTarget target, AgreementTerms agreement, RunningUse use, MeteredBody body)
    {
        var server = source.Pick(context) ?? throw SourceExchange.Unusable("none of its servers is there");
        for (var again = false; ; again = true)
        {
            var transform = new SourceTransform(source, target, agreement, use, body);
            ForwarderError error;
            source.Begin(server);
            try
            {
                // The forwarder itself ends with the caller.
                error = await forwarder.SendAsync(context, server.Model.Config.Address, source.Client, source.Requests, transform, use.Broken);
            }
            finally
            {
                source.End(context, server);
            }

            if (transform.IsWhole && RefusalIn(context.GetForwarderErrorFeature()?.Exception) is null)
            {
                return (ForwarderError.None, transform);
            }

            if (error != ForwarderError.Request || again || transform.IsAnswered || !MayGoElsewhere(context, source, use) || source.Pick(context, except: server) is not { } other)
            {
                return (error, transform);
            }

            // As it was before the first attempt.
            server = other;
            context.Features.Set<IForwarderErrorFeature>(null);
            context.Response.StatusCode = StatusCodes.Status200OK;
        }
    }

    // Only what can be asked twice, and only when nothing of an answer was seen: no connection, or one that broke before the head was whole.
    private static bool MayGoElsewhere(HttpContext context, Source source, RunningUse use) =>
        source.MayRetry
        && SourceRules.IsSafe(context.Request.Method)
        && !context.Response.HasStarted
        && !context.RequestAborted.IsCancellationRequested
        && !use.IsCut
        && IsOfConnection(context.GetForwarderErrorFeature()?.Exception);

    private static bool IsOfConnection(Exception? failure) => failure is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ResponseEnded,
    }
        or HttpRequestException { InnerException: IOException { InnerException: SocketException } };

    // A last event in the place of a connection that breaks: the caller learns that it was cut, and why. It is counted like the others.
    private static async Task SayWhyAsync(MeteredBody body, RunningUse use)
    {
        if (!use.SayWhy())
        {
            return;
        }

        var reason = use.Denial?.Reasons[0];
        var told = JsonSerializer.Serialize(new { code = reason?.Code ?? "flow_ended", term = reason?.Term ?? "transfer", detail = reason?.Message ?? "the transfer has ended", remedy = reason?.Remedy }, ProtocolJson.Options);
        // Behind the piece that was the last there may be half an event: it ends first.
        await body.WriteAsync(Encoding.UTF8.GetBytes($"\n\nevent: error\ndata: {told}\n\n"));
    }

    private static RefusalException? Explained(ForwarderError error, HttpContext context, Source source) => error switch
    {
        ForwarderError.RequestTimedOut => SourceExchange.Unusable($"it kept silent for {source.Requests.ActivityTimeout}"),
        ForwarderError.ResponseHeaders => SourceExchange.Unusable("the head of its answer cannot be passed on"),
        ForwarderError.RequestBodyClient when RefusalIn(context.GetForwarderErrorFeature()?.Exception) is { } refusal => refusal,
        ForwarderError.RequestBodyClient when IsTooLarge(context.GetForwarderErrorFeature()?.Exception) => source.Rules.TooLarge(),
        ForwarderError.RequestBodyClient => new RefusalException(RefusalCode.Malformed, "The body of the request broke off, or is not well formed.") { Where = "body" },
        _ => null,
    };

    // The body says itself what is wrong with it.
    private static RefusalException? RefusalIn(Exception? failure) => failure switch
    {
        null => null,
        RefusalException refusal => refusal,
        AggregateException several => several.InnerExceptions.Select(RefusalIn).FirstOrDefault(refusal => refusal is not null),
        _ => RefusalIn(failure.InnerException),
    };

    private static bool IsTooLarge(Exception? failure) => failure switch
    {
        null => false,
        BadHttpRequestException bad => bad.StatusCode == StatusCodes.Status413PayloadTooLarge,
        AggregateException several => several.InnerExceptions.Any(IsTooLarge),
        _ => IsTooLarge(failure.InnerException),
    };

    // Whatever goes wrong with the last record, what was delivered before it stays delivered.
    private static async ValueTask<bool> IsCompletedAsync(DeliveredBody? body, MeteredBody metered, CancellationToken cancellation)
    {
        try
        {
            await (body?.CompleteAsync(cancellation) ?? ValueTask.CompletedTask);
            await metered.CompleteAsync(cancellation);
            return true;
        }
        catch (Exception failure) when (failure is RefusalException or OperationCanceledException or IOException)
        {
            return false;
        }
    }
}
