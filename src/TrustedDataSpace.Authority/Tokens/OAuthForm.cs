using Microsoft.Extensions.Primitives;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Authority.Tokens;

/// <summary>The form of a request to an OAuth endpoint (RFC 6749 §3.2, appendix B).</summary>
internal sealed class OAuthForm
{
    private readonly IFormCollection form;

    private OAuthForm(IFormCollection form) => this.form = form;

    /// <exception cref="RefusalException">Malformed.</exception>
    public static async Task<OAuthForm> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!request.HasFormContentType)
        {
            throw Refuse("form", "the body must be application/x-www-form-urlencoded");
        }

        try
        {
            return new OAuthForm(await request.ReadFormAsync(cancellation));
        }
        catch (InvalidDataException failure)
        {
            throw Refuse("form", failure.Message);
        }
    }

    /// <exception cref="RefusalException">Malformed: it is missing, or there more than once.</exception>
    public string Required(string name) => Optional(name) ?? throw Refuse(name, "it is missing");

    /// <summary>RFC 6749 §3.2: a parameter without a value counts as absent, a repeated one is an error.</summary>
    /// <exception cref="RefusalException">Malformed: it is there more than once.</exception>
    public string? Optional(string name)
    {
        var values = form.TryGetValue(name, out var found) ? found : StringValues.Empty;
        return values.Count > 1 ? throw Refuse(name, "it is there more than once") : string.IsNullOrEmpty(values) ? null : values.ToString();
    }

    public static RefusalException Refuse(string name, string why) => new(RefusalCode.Malformed, $"The token request is refused, {name}: {why}.") { Term = name };
}
