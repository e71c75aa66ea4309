using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Authentication;

/// <summary>
/// A caller with a management credential has the scope that the endpoint asks for. Holders of other credentials, where an endpoint
/// admits them beside, are not its concern.
/// </summary>
public sealed class ManagementScopeRequirement : AuthorizationHandler<ManagementScopeRequirement>, IAuthorizationRequirement
{
    /// <inheritdoc/>
    /// <exception cref="RefusalException">Forbidden: names the scope.</exception>
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, ManagementScopeRequirement requirement)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.User.Identity is not { IsAuthenticated: true } identity || context.Resource is not HttpContext http)
        {
            return Task.CompletedTask;
        }

        if (identity.AuthenticationType == ServiceHost.ManagementPolicy)
        {
            var endpoint = http.GetEndpoint();
            Require(context, ManagementArea.ScopeOf(endpoint, http.Request.Method));
            if (endpoint?.Metadata.GetMetadata<AlsoNeeds>() is { } also)
            {
                Require(context, also.Scope);
            }
        }

        context.Succeed(requirement);
        return Task.CompletedTask;
    }

    private static void Require(AuthorizationHandlerContext context, string? scope)
    {
        if (!ManagementScopes.Has(context.User, scope))
        {
            throw new RefusalException(
                RefusalCode.Forbidden,
                scope is null ? "Only the management token of the settings opens this." : $"This credential of the management interface does not have the scope {scope}.")
            {
                Term = "scope",
                Remedy = scope is null ? null : $"use a credential with the scope {scope}",
            };
        }
    }
}
