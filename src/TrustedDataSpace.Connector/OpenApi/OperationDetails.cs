using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using TrustedDataSpace.Connector.Events;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Requests;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.OpenApi;

/// <summary>What holds for every endpoint of the management interface: credential and scope, headers, refusals.</summary>
internal sealed class OperationDetails : IOpenApiOperationTransformer
{
    /// <summary>Extension with the scope, for programs.</summary>
    public const string Scope = "x-scope";

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var method = context.Description.HttpMethod ?? "";
        var route = "/" + context.Description.RelativePath;
        var text = OperationText.All.GetValueOrDefault((method, route));
        operation.Summary ??= text?.Summary;
        operation.OperationId ??= NameOf(method, route);
        operation.Responses ??= [];
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<ManagementArea>().LastOrDefault() is { } area)
        {
            AddScope(operation, context, area, method);
        }

        if (text?.Answer is (var status, var type, var mediaType))
        {
            var schema = await SchemaAsync(context, type, cancellationToken);
            operation.Responses.Clear();
            operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = Response("Done", mediaType, schema);
        }

        AddHeaders(operation, method, route, text);
        if (method != HttpMethods.Get && context.Description.ActionDescriptor.EndpointMetadata.OfType<OwnEntityTags>().Any())
        {
            AddIfMatch(operation);
        }

        if (route == ManagementRoutes.Events && operation.Responses.TryGetValue("200", out var stream))
        {
            stream.Content![EventStream.MediaType] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        }

        operation.Responses["default"] = Response("Refused", ProblemDocument.MediaType, await SchemaAsync(context, typeof(ProblemDocument), cancellationToken));
    }

    private static void AddScope(OpenApiOperation operation, OpenApiOperationTransformerContext context, ManagementArea area, string method)
    {
        var reads = HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || context.Description.ActionDescriptor.EndpointMetadata.OfType<ReadsOnly>().Any();
        var scope = reads ? area.Read : area.Write;
        operation.Tags = new HashSet<OpenApiTagReference> { new(area.Name, context.Document) };
        operation.Description = $"{operation.Description} Scope: {scope}.".TrimStart();
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(DocumentHead.Bearer, context.Document)] = [scope] }];
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        operation.Extensions[Scope] = new JsonNodeExtension(JsonValue.Create(scope));
    }

    private static void AddHeaders(OpenApiOperation operation, string method, string route, OperationText? text)
    {
        if (text?.Waits is { } waits)
        {
            Add(operation, "Prefer", $"wait=SECONDS (RFC 7240, at most 60): waits {waits}");
        }

        var isOne = route.EndsWith("/{id}", StringComparison.Ordinal);
        if (method == HttpMethods.Get && isOne)
        {
            Add(operation, "If-None-Match", "Entity tag of an earlier answer: 304 if nothing has changed");
            operation.Responses!["304"] = new OpenApiResponse { Description = "Nothing has changed" };
        }

        if (method == HttpMethods.Post)
        {
            Add(operation, RetryRule.Header, "1 to 128 visible characters: sent again with the same key, the request is done once and gets the same answer");
            if (route.Contains("/{id}/", StringComparison.Ordinal))
            {
                AddIfMatch(operation);
            }
        }

        if (route == ManagementRoutes.Events)
        {
            Add(operation, EventEndpoints.LastEventId, "Id of the event that was seen last: the stream goes on behind it. Wins over ?after");
        }
    }

    private static void AddIfMatch(OpenApiOperation operation) =>
        Add(operation, "If-Match", "Entity tag of what was looked at: 412 if it has changed meanwhile");

    private static void Add(OpenApiOperation operation, string header, string description) => (operation.Parameters ??= []).Add(new OpenApiParameter
    {
        Name = header,
        In = ParameterLocation.Header,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    });

    // Written once, under the name that the framework gives it, and referred to.
    private static async Task<IOpenApiSchema> SchemaAsync(OpenApiOperationTransformerContext context, Type type, CancellationToken cancellation)
    {
        var schema = await context.GetOrCreateSchemaAsync(type, null, cancellation);
        if (context.Document is not { } document || type == typeof(JsonElement))
        {
            return schema;
        }

        var name = type.IsGenericType ? $"{type.Name.Split('`')[0]}Of{string.Concat(type.GetGenericArguments().Select(argument => argument.Name))}" : type.Name;
        document.AddComponent(name, schema);
        return new OpenApiSchemaReference(name, document);
    }

    private static OpenApiResponse Response(string description, string mediaType, IOpenApiSchema schema) => new()
    {
        Description = description,
        Content = new Dictionary<string, OpenApiMediaType> { [mediaType] = new() { Schema = schema } },
    };

    // get /api/v1/negotiations/{id}/rounds: getNegotiationsIdRounds.
    private static string NameOf(string method, string route) => method.ToLowerInvariant() + string.Concat(
        route[ManagementRoutes.Base.Length..].Split(['/', '{', '}', '-', '.'], StringSplitOptions.RemoveEmptyEntries).Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
}
