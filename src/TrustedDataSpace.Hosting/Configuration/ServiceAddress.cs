using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace TrustedDataSpace.Hosting.Configuration;

/// <summary>How others reach this service. Known once the server has bound its port.</summary>
public sealed class ServiceAddress(IServer server, ServiceSettings settings)
{
    /// <summary>Base address without a trailing slash.</summary>
    public string Url => (settings.Listen.PublicUrl
        ?? server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
        ?? throw new InvalidOperationException("The service has not started: its address is not known yet.")).TrimEnd('/');
}
