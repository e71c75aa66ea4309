using System.Net.Http.Headers;
using System.Text;

namespace TrustedDataSpace.Scenarios.BadInput;

/// <summary>One request as it is sent: to whom, and with what. Sent once.</summary>
/// <param name="Client">Of the service that is called.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Target">Path and query.</param>
internal sealed record Attempt(HttpClient Client, string Method, string Target)
{
    /// <summary>Bearer token; null: none.</summary>
    public string? Bearer { get; init; }

    public byte[]? Body { get; init; }

    public string? ContentType { get; init; } = "application/json";

    /// <summary>Another header, as <c>Name: value</c>.</summary>
    public string? Header { get; init; }

    /// <summary>Last touch, such as a signature; null: none.</summary>
    public Action<HttpRequestMessage>? Sign { get; init; }

    /// <summary>The same with another body.</summary>
    public Attempt With(string body) => this with { Body = Encoding.UTF8.GetBytes(body) };

    public async Task<HttpResponseMessage> SendAsync(HttpClient stranger)
    {
        // Without the management token that the client of the service would add.
        using var request = new HttpRequestMessage(new HttpMethod(Method), new Uri(Client.BaseAddress!.GetLeftPart(UriPartial.Authority) + Target));
        if (Bearer is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Bearer);
        }

        if (Header?.Split(": ", 2) is [var name, var value])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (Body is not null)
        {
            // Else the connection may break while a body that is too large is still being written, before the answer is read.
            request.Headers.ExpectContinue = Body.Length > 100_000;
            request.Content = new ByteArrayContent(Body);
            request.Content.Headers.ContentType = ContentType is null ? null : MediaTypeHeaderValue.Parse(ContentType);
        }

        Sign?.Invoke(request);
        return await stranger.SendAsync(request);
    }

    public override string ToString() => $"{Method} {Target}";
}
