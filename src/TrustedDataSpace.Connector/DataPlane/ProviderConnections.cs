using System.Collections.Concurrent;
using System.Net;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// The consumer's connections to the data planes of providers. Requests of a flow with a key are signed on their way out; a provider that
/// says that it is another process than the one that was signed for (after a start, or behind a load balancer) gets the request a second
/// time, signed for that one, unless it has a body: that may have begun, and the application must send it again.
/// </summary>
internal sealed class ProviderConnections(ServiceSettings settings, TimeProvider clock) : IDisposable
{
    private static readonly HttpRequestOptionsKey<ConsumerFlow> FlowOption = new("tds.flow");

    /// <summary>Sends requests.</summary>
    public HttpMessageInvoker Client { get; } = new(new SigningHandler(EgressRule.CreateHandler(settings.Egress), clock));

    /// <summary>Notes whose request it is.</summary>
    public static void Mark(HttpRequestMessage request, ConsumerFlow flow) => request.Options.Set(FlowOption, flow);

    public void Dispose() => Client.Dispose();

    private sealed class SigningHandler(HttpMessageHandler inner, TimeProvider clock) : DelegatingHandler(inner)
    {
        // The process of each provider that answered last, by the provider's DID.
        private readonly ConcurrentDictionary<string, string> replicas = new();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!request.Options.TryGetValue(FlowOption, out var flow) || flow.Signer is not { } signer)
            {
                return await base.SendAsync(request, cancellationToken);
            }

            var signedFor = replicas.GetValueOrDefault(flow.Provider);
            if (signedFor is null && request.Content is not null)
            {
                // A body can be sent once. So the name is asked for before it, with a question that is refused.
                signedFor = await AskNameAsync(request, flow, cancellationToken);
            }

            if (signedFor is not null)
            {
                signer.Sign(request, signedFor, clock.GetUtcNow().ToUnixTimeSeconds());
            }

            var response = await base.SendAsync(request, cancellationToken);
            if (response.StatusCode != HttpStatusCode.Unauthorized || NamedIn(response) is not { } named || named == signedFor)
            {
                return response;
            }

            replicas[flow.Provider] = named;
            if (request.Content is not null)
            {
                return response;
            }

            response.Dispose();
            signer.Sign(request, named, clock.GetUtcNow().ToUnixTimeSeconds());
            return await base.SendAsync(request, cancellationToken);
        }

        private async Task<string?> AskNameAsync(HttpRequestMessage request, ConsumerFlow flow, CancellationToken cancellation)
        {
            using var question = new HttpRequestMessage(HttpMethod.Head, request.RequestUri) { Version = request.Version, VersionPolicy = request.VersionPolicy };
            question.Headers.Authorization = request.Headers.Authorization;
            using var answer = await base.SendAsync(question, cancellation);
            return answer.StatusCode == HttpStatusCode.Unauthorized && NamedIn(answer) is { } named ? replicas[flow.Provider] = named : null;
        }

        private static string? NamedIn(HttpResponseMessage response) =>
            response.Headers.TryGetValues(ProofOfPossession.ReplicaHeader, out var values) && values.FirstOrDefault() is { Length: > 0 and <= 64 } name && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? name : null;
    }
}
