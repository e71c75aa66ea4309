using System.Net;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>Asks a product's source for what is pushed.</summary>
internal sealed class PushSource(Sources sources, ConnectorSettings settings)
{
    /// <summary>As settings and messages name it.</summary>
    public const string Name = "the data source";

    /// <summary>How long it may keep silent.</summary>
    public TimeSpan Silence => settings.Data.SourceTimeout;

    /// <summary>The source's answer, of which the head is read; null when it has nothing at present (204).</summary>
    /// <exception cref="RefusalException">Unavailable: the source cannot serve this.</exception>
    public async Task<HttpResponseMessage?> GetAsync(AgreementTerms agreement, Patience patience)
    {
        var source = await sources.OpenAsync(agreement.AssetId!);
        var context = new DefaultHttpContext();
        var server = source.Pick(context) ?? throw SourceExchange.Unusable("none of its servers is there");
        using var request = new HttpRequestMessage(HttpMethod.Get, SourceExchange.AddressOf(server.Model.Config.Address, ""));
        request.Version = source.Requests.Version ?? HttpVersion.Version11;
        request.VersionPolicy = source.Requests.VersionPolicy ?? HttpVersionPolicy.RequestVersionOrLower;
        SourceExchange.AddHeaders(request, source.Headers);
        patience.Expect(Name, Silence);
        var response = await source.Client.SendAsync(request, patience.Token);
        if (response.StatusCode == HttpStatusCode.NoContent)
        {
            response.Dispose();
            return null;
        }

        // Nobody else has a part in what it is asked: whatever else it answers, it cannot serve this.
        var refusal = response.IsSuccessStatusCode ? SourceExchange.Judge("GET", response, agreement).Refusal : SourceExchange.Unusable($"it answered {(int)response.StatusCode}");
        if (refusal is not null)
        {
            response.Dispose();
            throw refusal;
        }

        return response;
    }

    /// <summary>
    /// When the next delivery begins: as long after the beginning of this one as the source says (<c>Retry-After</c>, RFC 9110 §10.2.3), else
    /// after the interval of the settings. One that took longer is followed at once.
    /// </summary>
    public DateTimeOffset NextAfter(DateTimeOffset begun, HttpResponseMessage? answer)
    {
        var pause = answer?.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - begun,
            _ => settings.Data.PushInterval,
        };
        return begun + (pause < DataOptions.LongestPushInterval ? pause : DataOptions.LongestPushInterval);
    }
}
