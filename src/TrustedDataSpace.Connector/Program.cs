using TrustedDataSpace.Connector;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;

return await ServiceHost.RunAsync<ConnectorSettings>(() => SettingsLoader.LoadAll<ConnectorSettings>(args), ConnectorHost.Build);
