using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Hosting.Tests;

internal static class TestService
{
    /// <summary>As a host has it.</summary>
    public static IMeterFactory Meters { get; } = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    public static ServiceSettings Settings(TempFolder folder) => new()
    {
        Space = new SpaceOptions { Id = "test-space" },
        Participant = new ParticipantOptions { Id = "did:web:service.example", Name = "Service" },
        Storage = new StorageOptions { Folder = folder["data"] },
        Egress = new EgressOptions { AllowPrivateAddresses = true },
    };

    public static Database Open(TempFolder folder, TimeProvider? clock = null) => new(
        new StorageOptions { Folder = folder["data"] },
        "test-space",
        clock ?? new ManualClock(),
        [new SchemaComponent("hosting", typeof(ServiceHost).Assembly)]);
}
