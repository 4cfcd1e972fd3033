// Fetches one invoice with the public client, as a customer's program would, and prints it.
// usage: node fetch_invoice.mjs URL API_KEY INVOICE_ID
import { Client } from "lago-javascript-client";

const [url, key, id] = process.argv.slice(2);
const client = Client(key, { baseUrl: `${url}/api/v1` });
const list = await client.invoices.findAllInvoices({ per_page: 100 });
const found = await client.invoices.findInvoice(id);
console.log(JSON.stringify({
  listed: list.data.invoices.map((invoice) => invoice.lago_id),
  total_count: list.data.meta.total_count,
  invoice: found.data.invoice,
}));
