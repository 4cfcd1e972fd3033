// Fetches what a customer uses and has used with the public client, as a customer's program would, and prints it.
// usage: node fetch_usage.mjs URL API_KEY CUSTOMER SUBSCRIPTION
import { Client } from "lago-javascript-client";

const [url, key, customer, subscription] = process.argv.slice(2);
const client = Client(key, { baseUrl: `${url}/api/v1` });
const asked = { external_subscription_id: subscription };
const current = await client.customers.findCustomerCurrentUsage(customer, asked);
const past = await client.customers.findAllCustomerPastUsage(customer, { ...asked, periods_count: 5 });
console.log(JSON.stringify({ current: current.data.customer_usage, past: past.data }));
