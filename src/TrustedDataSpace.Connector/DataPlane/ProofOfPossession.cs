using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Signatures;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The provider's second step: the access token is ours and of this flow, and whoever shows it holds the key that it is bound to. A token
/// is verified once and then known by its text; a signature costs one keyed hash.
/// </summary>
internal sealed class ProofOfPossession(DataTokens tokens, FlowKeys keys, DpopProofs dpop, CertificateProofs certificates, ServiceAddress address, TimeProvider clock)
{
    /// <summary>How far <c>created</c> may lie from this connector's clock, seconds.</summary>
    public const int ToleranceSeconds = 60;

    /// <summary>In a refusal: the name of this process, for which requests must be signed.</summary>
    public const string ReplicaHeader = "Tds-Replica";

    /// <summary>In a refusal: the same request came before.</summary>
    public const string ReplayHeader = "Tds-Replay";

    private const string Bearer = "Bearer ";
    private const string Dpop = "DPoP ";

    private readonly ConcurrentDictionary<string, ProofState> states = new();
    private string? pathBase;

    /// <summary>Who sends the request, proven.</summary>
    /// <param name="context">The request.</param>
    /// <param name="target">Its target; its key is the flow.</param>
    /// <returns>The participant, and which of its connectors; null: the token is bound to none.</returns>
    /// <exception cref="RefusalException">Unauthenticated: says what was wrong with token or proof.</exception>
    public (string Consumer, string? Connector) Authenticate(HttpContext context, CanonicalTarget target)
    {
        var credentials = CredentialsOf(context.Request, out var isDpop);
        var now = clock.GetUtcNow();
        var state = states.GetValueOrDefault(target.Key);
        var token = state?.Find(credentials);
        if (token is null || !tokens.StillCounts(token, now))
        {
            token = tokens.Verify(credentials.ToString(), target.Key);
            state ??= states.GetOrAdd(target.Key, _ => new ProofState());
            state.Keep(token);
        }

        var binding = keys.BindingOf(target.Key);
        if (!binding.IsOf(token.Binding) || binding.Kind == FlowBindingKind.None)
        {
            throw new RefusalException(RefusalCode.Unauthenticated, "The access token is not bound to the key that this transfer has now.")
            {
                Term = "cnf",
                Remedy = "use the token and the key of the last start message; without one, suspend the transfer and start it again",
            };
        }

        if (isDpop != (binding.Kind == FlowBindingKind.Dpop))
        {
            context.Response.Headers.WWWAuthenticate = isDpop ? "Bearer" : DpopProofs.Challenge;
            throw ProofRequest.Refuse("authorization", isDpop ? "this token is not shown with the scheme DPoP" : "this token is bound to the consumer's own key", isDpop ? "send it with the scheme Bearer" : "send it with the scheme DPoP and a proof (RFC 9449)");
        }

        switch (binding.Kind)
        {
            case FlowBindingKind.Key:
                VerifySignature(context, target, state!, binding.Number, now.ToUnixTimeSeconds());
                break;
            case FlowBindingKind.Dpop:
                dpop.Verify(context, target, state!, binding.Thumbprint!, credentials);
                break;
            case FlowBindingKind.Certificate:
                certificates.Verify(context, binding.Thumbprint!);
                break;
        }

        return (token.Consumer, binding.Connector);
    }

    /// <summary>The provider starts the flow, or starts it again: its consumer gets another key with it.</summary>
    public void Renew(UnitOfWork unit, string flow) => keys.Next(unit, flow);

    /// <summary>The flow is over: nothing of it needs to be remembered.</summary>
    public void End(UnitOfWork unit, string flow)
    {
        keys.End(unit, flow);
        unit.OnCommitted(() => states.TryRemove(flow, out _));
    }

    // What stands before our own path where others reach us, for example behind a web server that takes it away.
    private string PathBase => pathBase ??= new Uri(address.Url).AbsolutePath.TrimEnd('/');

    private void VerifySignature(HttpContext context, CanonicalTarget target, ProofState state, long number, long now)
    {
        var request = context.Request;
        if (!target.IsVerbatim)
        {
            throw ProofRequest.Refuse("@path", "the request target is not in its canonical form", "make path and query canonical before signing");
        }

        var (inputs, signatures) = (request.Headers[RequestSignature.InputHeader], request.Headers[RequestSignature.Header]);
        if (inputs.Count == 0 && signatures.Count == 0)
        {
            Say(context, ReplicaHeader, keys.Replica);
            throw ProofRequest.Refuse("signature", $"the access token is bound to the key of its flow, and the request is not signed for '{keys.Replica}'");
        }

        if (inputs is not [{ } input] || signatures is not [{ } signature])
        {
            throw ProofRequest.Refuse("signature", $"{RequestSignature.InputHeader} and {RequestSignature.Header} must be given once each");
        }

        var signed = new SignedRequest
        {
            Method = request.Method,
            Authority = ProofRequest.AuthorityOf(request),
            PathBase = PathBase,
            Path = target.RawPath,
            Query = target.Query,
            Fields = ProofRequest.FieldsOf(request.Headers),
        };
        if (RequestSignature.Read(input, signed.Fields, out var parameters) is { } problem)
        {
            throw ProofRequest.Refuse(RequestSignature.InputHeader, problem);
        }

        var key = state.KeyOf(keys, target.Key, number);
        if (!parameters.KeyId.SequenceEqual(key.Id))
        {
            RefuseKey(context, parameters.KeyId, number);
        }

        if (Math.Abs(now - parameters.Created) > ToleranceSeconds)
        {
            throw ProofRequest.Refuse("created", string.Create(CultureInfo.InvariantCulture, $"it lies more than {ToleranceSeconds} seconds from {now}, this connector's time"), "compare the clocks");
        }

        if (!RequestSignature.Verify(signed, input, signature, key.Key))
        {
            throw ProofRequest.Refuse("signature", "it does not fit the request");
        }

        switch (state.Take(parameters.Session, parameters.Sequence, parameters.Created, now))
        {
            case NonceVerdict.Replayed:
                Say(context, ReplayHeader, "1");
                throw ProofRequest.Refuse("nonce", "it was used before");
            case NonceVerdict.TooOld:
                throw ProofRequest.Refuse("nonce", "it lies too far behind others of its session, or is of a session that is forgotten");
        }

        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            request.Body = DigestedBody.Over(request.Body, signed.Fields[0], request.ContentLength);
        }
    }

    // Whoever signed for a process that is no more, or is another, learns the name of this one.
    [DoesNotReturn]
    private void RefuseKey(HttpContext context, ReadOnlySpan<char> keyId, long number)
    {
        if (keyId.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{number}.")))
        {
            Say(context, ReplicaHeader, keys.Replica);
            throw ProofRequest.Refuse("keyid", $"the request was signed for another process of this connector than '{keys.Replica}'", $"derive the key for the name in {ReplicaHeader} and sign again");
        }

        throw ProofRequest.Refuse("keyid", "it is not the present key of the flow", "use the key of the last start message");
    }

    // When the answer starts: a refusal begins with clean headers.
    private static void Say(HttpContext context, string header, string value) => context.Response.OnStarting(() =>
    {
        context.Response.Headers[header] = value;
        return Task.CompletedTask;
    });

    private static ReadOnlySpan<char> CredentialsOf(HttpRequest request, out bool isDpop)
    {
        var values = request.Headers.Authorization;
        var text = values.Count == 1 ? values[0].AsSpan() : default;
        isDpop = text.StartsWith(Dpop, StringComparison.OrdinalIgnoreCase);
        return isDpop ? text[Dpop.Length..].Trim()
            : text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? text[Bearer.Length..].Trim()
            : throw new RefusalException(RefusalCode.Unauthenticated, "No access token was sent.")
            {
                Term = "token",
                Remedy = "negotiate a contract and start a transfer; its start message holds the token",
            };
    }
}
