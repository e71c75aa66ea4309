using System.Buffers.Text;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>The credentials of the management interface, in the management interface.</summary>
internal static class NamedTokenEndpoints
{
    private const int DefaultLimit = 50;
    private const int MostLimit = 200;

    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        var group = app.MapManagement("tokens");
        group.MapPost(TokenRoutes.Tokens, CreateAsync);
        group.MapGet(TokenRoutes.Tokens, List);
        group.MapDelete(TokenRoutes.Token, DeleteAsync);
        group.MapGet(TokenRoutes.Scopes, (EndpointDataSource endpoints) => TypedResults.Ok(new ScopeList(Known(endpoints))));
    }

    /// <summary>Every scope that an endpoint of this service asks for.</summary>
    private static string[] Known(EndpointDataSource endpoints) =>
        [.. endpoints.Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<ManagementArea>()).OfType<ManagementArea>()
            .SelectMany(area => new[] { area.Read, area.Write }).Distinct().Order(StringComparer.Ordinal)];

    private static async Task<Created<TokenSecret>> CreateAsync(
        TokenDefinition definition, ClaimsPrincipal user, HttpResponse response, NamedTokens tokens, EndpointDataSource endpoints)
    {
        var made = await tokens.CreateAsync(definition, Known(endpoints), user);
        response.Headers.CacheControl = "no-store";
        return TypedResults.Created(ManagementRoutes.For(TokenRoutes.Token, made.Token.Name), made);
    }

    private static Ok<Page<TokenView>> List(int? limit, string? cursor, NamedTokens tokens)
    {
        var most = limit ?? DefaultLimit;
        if (most is < 1 or > MostLimit)
        {
            throw new RefusalException(RefusalCode.Malformed, $"limit must be from 1 to {MostLimit}, not {most}.") { Term = "limit" };
        }

        var rows = tokens.Page(After(cursor), most);
        return TypedResults.Ok(new Page<TokenView>(
            [.. rows.Take(most).Select(row => row.ToView())],
            rows.Count > most ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(rows[most - 1].Name)) : null));
    }

    private static async Task<NoContent> DeleteAsync(string id, NamedTokens tokens)
    {
        await tokens.DeleteAsync(id);
        return TypedResults.NoContent();
    }

    private static string After(string? cursor)
    {
        try
        {
            return string.IsNullOrEmpty(cursor) ? "" : Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        }
        catch (FormatException failure)
        {
            throw new RefusalException(RefusalCode.Malformed, "The cursor is not one of this list.", failure)
            {
                Term = "cursor",
                Remedy = "Send the 'next' of the page before as it came, or no cursor for the first page.",
            };
        }
    }
}
