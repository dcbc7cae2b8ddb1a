# Asks over GraphQL and prints the whole answer: ruby examples/graphql/ask.rb "What is the capital of France?"
require "json"
require "net/http"

url = ENV.fetch("POINTSMAN_URL", "http://localhost:4000")
key = ENV["POINTSMAN_API_KEY"]
model = ENV.fetch("POINTSMAN_MODEL", "pointsman/tiny-1m")
question = ARGV.fetch(0, "What is the capital of France?")

query = File.read("#{__dir__}/ask.graphql")
variables = { input: { model: model, messages: [{ role: "USER", content: question }] } }

uri = URI("#{url}/graphql")
request = Net::HTTP::Post.new(uri, "Content-Type" => "application/json")
request["Authorization"] = "Bearer #{key}" if key
request.body = JSON.generate(query: query, variables: variables)

begin
  # A long answer that is not streamed is silent until it is whole.
  options = { use_ssl: uri.scheme == "https", read_timeout: 600 }
  response = Net::HTTP.start(uri.host, uri.port, options) { |http| http.request(request) }
rescue SystemCallError => error
  abort error.message
end
abort "HTTP #{response.code}: #{response.body}" unless response.is_a?(Net::HTTPSuccess)

body = JSON.parse(response.body)
abort JSON.generate(body["errors"]) if body["errors"]
result = body["data"]["createChatCompletion"]
abort "#{result["__typename"]}: #{result["message"]}" unless result["__typename"] == "ChatCompletion"
puts result["content"]
puts "cost: #{result["cost"]} US dollars"
